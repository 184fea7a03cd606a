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

/** How fast a model is that was opened. */
export interface Pace {
  /** Of one picture of its own size; 0 until that was measured. */
  stepMs(): number
  readonly size: LatentSize
  /** Samples of one gradient. */
  readonly learningRows: number
}

export interface Heartbeat {
  /** A model is opened, of so many bytes: until `onOpened`. */
  onOpening(bytes: number): void
  onOpened(pace: Pace): void
  /** A call of a network for so many rows of this size comes next. */
  beforeCall(rows: number, size: LatentSize): void
  /** A picture is checked next, for which a network may have to be opened first. */
  beforeCheck(): void
  /** A piece of learning comes next; `isFirst`: its graphs may have to be opened first. */
  beforeLearning(options: { readonly isFirst: boolean }): void
}

export function startHeartbeat(limits: SilenceLimits, say: (maxSilenceMs: number) => void): Heartbeat {
  let openingMs = limits.openingMs
  let pace: Pace | undefined
  /** What was said since the last beat. */
  let saidMs = 0

  const usualMs = () => (pace ? limits.leastMs : openingMs)
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
    onOpening(bytes) {
      pace = undefined
      openingMs = limits.openingMs + (bytes / 1e9) * limits.openingMsPerGigabyte
      beat()
    },
    onOpened(opened) {
      pace = opened
      beat()
    },
    beforeCall(rows, { width, height }) {
      if (!pace) return
      // Attention grows with the square of the pixels.
      const growth = Math.max(1, (width * height) / (pace.size.width * pace.size.height)) ** 2
      expect(pace.stepMs() === 0 ? openingMs : slack * pace.stepMs() * rows * growth)
    },
    beforeCheck() {
      if (pace) expect(openingMs)
    },
    beforeLearning({ isFirst }) {
      if (!pace) return
      expect(isFirst ? openingMs : slack * callsOfGradient * pace.stepMs() * pace.learningRows)
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
    predict(rows, size, batch) {
      heartbeat.beforeCall(Math.max(rows.length, batch), size)
      return pipeline.predict(rows, size, batch)
    },
    decode(latents, size, batch) {
      heartbeat.beforeCall(Math.max(latents.length, batch), size)
      return pipeline.decode(latents, size, batch)
    },
    encodePicture(picture, noise) {
      const { spatialFactor } = pipeline.folder
      heartbeat.beforeCall(1, { width: picture.width / spatialFactor, height: picture.height / spatialFactor })
      return pipeline.encodePicture(picture, noise)
    },
  }
}
