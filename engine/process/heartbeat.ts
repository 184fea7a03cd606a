/**
 * The process's signs of life. It computes in calls that block it, so it says before a long one for how long it may be
 * silent; whoever hears nothing for longer may take it for hung.
 */
import type { LatentSize, Pipeline } from '../pipeline/pipeline.ts'

export interface SilenceLimits {
  /** At least, whatever is computed: a busy machine is no reason to end what works. */
  readonly leastMs: number
  /** While a model is opened, or the graph that a style is learned with: nothing has been measured yet. */
  readonly openingMs: number
  /** The same, for each gigabyte of the model. */
  readonly openingMsPerGigabyte: number
}

export const silenceDefaults: SilenceLimits = { leastMs: 15_000, openingMs: 120_000, openingMsPerGigabyte: 60_000 }

/** How many times longer than was measured a call may take before it is taken for hung. */
const slack = 20
/** A gradient of one sample costs as much as so many calls of the UNet. */
const callsOfGradient = 4
const beatsPerSilence = 5

/** What is known of a model before it is opened. */
export interface ModelSize {
  readonly bytes: number
  /** Of the latents that it was trained for. */
  readonly latents: LatentSize
  /** Samples of one gradient. */
  readonly learningRows: number
}

export interface Heartbeat {
  /** A model is opened, and runs for the first time: until `onOpened`. */
  onOpening(model: ModelSize): void
  onOpened(): void
  /** A call of a network for so many rows of this size comes next. */
  beforeCall(rows: number, size: LatentSize): void
  /** A step of so many rows of this size has taken so long. */
  onStep(rows: number, size: LatentSize, ms: number): void
  /** A picture is checked next, for which a network may have to be opened first. */
  beforeCheck(): void
  /** A piece of learning comes next; `isFirst`: its graphs may have to be opened first. */
  beforeLearning(options: { readonly isFirst: boolean }): void
}

export function startHeartbeat(limits: SilenceLimits, say: (maxSilenceMs: number) => void): Heartbeat {
  let openingMs = limits.openingMs
  let isOpen = false
  let model: ModelSize = { bytes: 0, latents: { width: 1, height: 1 }, learningRows: 1 }
  /** Of one row of the model's own size, the last ones counting most; 0 until a step has been made. */
  let stepMs = 0
  /** What was said since the last beat. */
  let saidMs = 0

  const usualMs = () => (isOpen ? limits.leastMs : openingMs)
  // Attention grows with the square of the pixels.
  const growth = ({ width, height }: LatentSize) =>
    Math.max(1, (width * height) / (model.latents.width * model.latents.height)) ** 2
  function beat(): void {
    saidMs = usualMs()
    say(saidMs)
  }
  /** Said only where the next beat would come too late. */
  function expect(ms: number): void {
    if (ms <= saidMs) return
    saidMs = ms
    say(ms)
  }
  setInterval(beat, limits.leastMs / beatsPerSilence).unref()

  return {
    onOpening(opening) {
      isOpen = false
      stepMs = 0
      model = opening
      openingMs = limits.openingMs + (model.bytes / 1e9) * limits.openingMsPerGigabyte
      beat()
    },
    onOpened() {
      isOpen = true
      beat()
    },
    beforeCall(rows, size) {
      const rowMs = stepMs === 0 ? openingMs : slack * stepMs
      expect(rowMs * rows * growth(size))
    },
    onStep(rows, size, ms) {
      const rowMs = ms / rows / growth(size)
      stepMs = stepMs === 0 ? rowMs : stepMs * 0.9 + rowMs * 0.1
    },
    beforeCheck() {
      expect(openingMs)
    },
    beforeLearning({ isFirst }) {
      expect((isFirst ? openingMs : 0) + slack * callsOfGradient * stepMs * model.learningRows)
    },
  }
}

/** A pipeline that says before each of its calls how long it may take. */
export function withHeartbeat(pipeline: Pipeline, heartbeat: Heartbeat): Pipeline {
  const { detectNsfw } = pipeline
  return {
    ...pipeline,
    detectNsfw:
      detectNsfw &&
      (picture => {
        heartbeat.beforeCheck()
        return detectNsfw(picture)
      }),
    encodePrompt(prompt) {
      heartbeat.beforeCall(1, { width: 1, height: 1 })
      return pipeline.encodePrompt(prompt)
    },
    async predict(rows, size, batch) {
      const computed = Math.max(rows.length, batch)
      heartbeat.beforeCall(computed, size)
      const began = performance.now()
      const outputs = await pipeline.predict(rows, size, batch)
      heartbeat.onStep(computed, size, performance.now() - began)
      return outputs
    },
    decode(latents, size, batch) {
      heartbeat.beforeCall(Math.max(latents.length, batch), size)
      return pipeline.decode(latents, size, batch)
    },
    encodePicture(picture, noise, masked) {
      const { spatialFactor } = pipeline.folder
      heartbeat.beforeCall(1, { width: picture.width / spatialFactor, height: picture.height / spatialFactor })
      return pipeline.encodePicture(picture, noise, masked)
    },
  }
}
