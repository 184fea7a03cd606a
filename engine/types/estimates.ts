/** What something will take on this device, from what was measured there. */
import type { ErrorPayload } from '../../protocol/errors.ts'

/** null where nothing that was measured tells. */
export interface Estimate {
  readonly ms: number | null
  /** Of the engine's process, all in all. */
  readonly bytes: number | null
}

export interface LearningEstimate extends Estimate {
  /** The longest that a picture of somebody may wait for it, once its graphs are open. */
  readonly pieceMs: number | null
  /** The same as a sentence, with what costs less; null where it is short, or nobody knows. */
  readonly summary: string | null
  /** Why it cannot be learned on this device; null where it can. */
  readonly error: ErrorPayload | null
}
