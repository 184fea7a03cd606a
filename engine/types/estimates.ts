/** What something will take on this device, from what was measured there. */
import type { ErrorPayload } from '../../protocol/errors.ts'

/** null where nothing that was measured tells. */
export interface Estimate {
  readonly ms: number | null
  /** Of the engine's process, all in all. */
  readonly bytes: number | null
}

/** What learning a style takes on this device, for people: each face says it in its own words. */
export interface LearningFigures {
  readonly ms: number
  /** null where nothing that was measured tells. */
  readonly bytes: number | null
  /** Whether a GPU, which this device is not, would do it in minutes. */
  readonly wantsGpu: boolean
  /** Options of the command line that take less; empty where it is short enough. */
  readonly ways: readonly { readonly flags: string; readonly colorsOnly: boolean; readonly ms: number }[]
}

export interface LearningEstimate extends Estimate {
  /** The longest that a picture of somebody may wait for it, once its graphs are open. */
  readonly pieceMs: number | null
  /** What is worth saying of it before it begins; null where it is short, or nobody knows. */
  readonly figures: LearningFigures | null
  /** Why it cannot be learned on this device; null where it can. */
  readonly error: ErrorPayload | null
}
