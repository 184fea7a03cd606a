import type { Rgb } from '../../engine/index.ts'
import type { ErrorPayload } from '../../protocol/errors.ts'
import type { LearningId, PersonId, StyleId } from '../shared/ids.ts'
import type { JobState } from '../shared/jobStates.ts'

/** The loss at one step of a learning. */
export interface CurvePoint {
  readonly step: number
  readonly loss: number
  readonly heldOutLoss?: number
}

/** One run of fine-tuning, whatever has become of it. */
export interface Learning {
  readonly id: LearningId
  readonly style: StyleId
  readonly owner: PersonId
  readonly state: JobState
  readonly step: number
  /** 0 until it is known. */
  readonly steps: number
  readonly requestedAt: Date
  readonly finishedAt: Date | null
  /** The version that it made, once finished. */
  readonly version: number | null
  /** How it ended, in one or two sentences: the assessment and which version is in use, or why it failed. */
  readonly summary: string | null
  /** Why it failed; null where it did not, or an older program noted no more than a sentence. */
  readonly failure: ErrorPayload | null
}

/** What happens to a learning. */
export type LearningEvent =
  | { readonly type: 'queued'; readonly ahead: number }
  | { readonly type: 'started'; readonly steps: number }
  /** All steps so far, thinned where they are many: told once, to whoever begins to watch in the middle. */
  | { readonly type: 'curve'; readonly points: readonly CurvePoint[] }
  | ({ readonly type: 'stepped'; readonly steps: number; readonly secondsLeft: number } & CurvePoint)
  /** What it paints by now. */
  | { readonly type: 'painted'; readonly step: number; readonly pictures: readonly Rgb[] }
  /** `learning.state` is finished, failed or cancelled: the last event. */
  | { readonly type: 'ended'; readonly learning: Learning }
