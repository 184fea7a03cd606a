/**
 * The process's signs of life. It computes in calls that block it, so it says before a long one for how long it may be
 * silent, and again in every sign of life until that one has ended: the runtime puts each call off until the event loop
 * comes round (`setImmediate`), and after a long call a beat is due just then. Whoever hears nothing for longer may take
 * it for hung.
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
  /** A call of a network for so many rows of this size. */
  duringCall<Result>(rows: number, size: LatentSize, call: () => Promise<Result>): Promise<Result>
  /** A call of the UNet, by which the others are judged. */
  duringStep<Result>(rows: number, size: LatentSize, step: () => Promise<Result>): Promise<Result>
  /** A picture is checked, for which a network may have to be opened first. */
  duringCheck<Result>(check: () => Promise<Result>): Promise<Result>
  /** A piece of learning; `isFirst`: its graphs may have to be opened first. */
  duringLearning(options: { readonly isFirst: boolean }, piece: () => Promise<void>): Promise<void>
}

export function startHeartbeat(limits: SilenceLimits, say: (maxSilenceMs: number) => void): Heartbeat {
  let openingMs = limits.openingMs
  let isOpen = false
  let model: ModelSize = { bytes: 0, latents: { width: 1, height: 1 }, learningRows: 1 }
  /** Of one row of the model's own size, the last ones counting most; 0 until a step has been made. */
  let stepMs = 0
  /** What was said since the last beat. */
  let announcedMs = 0
  /** Of the calls that have not ended: those that were begun together block the process one after the other. */
  let callsMs = 0

  const allowedMs = () => Math.max(isOpen ? limits.leastMs : openingMs, callsMs)
  // Attention grows with the square of the pixels.
  const growth = ({ width, height }: LatentSize) =>
    Math.max(1, (width * height) / (model.latents.width * model.latents.height)) ** 2
  function beat(): void {
    announcedMs = allowedMs()
    say(announcedMs)
  }
  async function during<Result>(ms: number, call: () => Promise<Result>): Promise<Result> {
    callsMs += ms
    try {
      // Said at once only where the next beat would come too late.
      if (allowedMs() > announcedMs) beat()
      return await call()
    } finally {
      callsMs -= ms
    }
  }
  function duringCall<Result>(rows: number, size: LatentSize, call: () => Promise<Result>): Promise<Result> {
    const rowMs = stepMs === 0 ? openingMs : slack * stepMs
    return during(rowMs * rows * growth(size), call)
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
    duringCall,
    async duringStep(rows, size, step) {
      const began = performance.now()
      const result = await duringCall(rows, size, step)
      const rowMs = (performance.now() - began) / rows / growth(size)
      stepMs = stepMs === 0 ? rowMs : stepMs * 0.9 + rowMs * 0.1
      return result
    },
    duringCheck: check => during(openingMs, check),
    duringLearning({ isFirst }, piece) {
      return during((isFirst ? openingMs : 0) + slack * callsOfGradient * stepMs * model.learningRows, piece)
    },
  }
}

/** A pipeline that says of each of its calls how long it may take. */
export function withHeartbeat(pipeline: Pipeline, heartbeat: Heartbeat): Pipeline {
  const { detectNsfw } = pipeline
  return {
    ...pipeline,
    detectNsfw: detectNsfw && (picture => heartbeat.duringCheck(() => detectNsfw(picture))),
    encodePrompt: prompt => heartbeat.duringCall(1, { width: 1, height: 1 }, () => pipeline.encodePrompt(prompt)),
    predict(rows, size, batch) {
      const computed = Math.max(rows.length, batch)
      return heartbeat.duringStep(computed, size, () => pipeline.predict(rows, size, batch))
    },
    decode(latents, size, batch, by) {
      const computed = Math.max(latents.length, batch)
      return heartbeat.duringCall(computed, size, () => pipeline.decode(latents, size, batch, by))
    },
    encodePicture(picture, noise, encoding) {
      const { spatialFactor } = pipeline.folder
      const size = { width: picture.width / spatialFactor, height: picture.height / spatialFactor }
      return heartbeat.duringCall(1, size, () => pipeline.encodePicture(picture, noise, encoding))
    },
  }
}
