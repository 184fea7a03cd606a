import type { LearnProgress } from '../../engine/index.ts'
import type { CurvePoint, LearningEvent } from './learning.ts'
import { withPoint } from './learningCurve.ts'
import type { LearningRow } from './learningRow.ts'

/** What whoever begins to watch in the middle is told of a learning: its curve, and the last event of each other kind. */
export interface LearningProgress {
  readonly curve: readonly CurvePoint[]
  readonly last: readonly LearningEvent[]
}

/** What the engine reports and watchers are told as it is; its checkpoints are for the next start alone. */
export type ReportedProgress = Exclude<LearnProgress, { type: 'checkpoint' }>

/** The progress after one more report of the engine. */
export function nextProgress(progress: LearningProgress, event: ReportedProgress): LearningProgress {
  const last = progress.last.filter(({ type }) => type !== event.type)
  return { curve: event.type === 'stepped' ? curveWith(progress.curve, event) : progress.curve, last: [...last, event] }
}

function curveWith(
  curve: readonly CurvePoint[],
  { step, steps, loss, heldOutLoss }: Extract<ReportedProgress, { type: 'stepped' }>,
): readonly CurvePoint[] {
  return withPoint(curve, { step, loss, ...(heldOutLoss !== undefined && { heldOutLoss }) }, steps)
}

/** The progress as events, in the order in which a new watcher is told of them. */
export function eventsSoFar({ curve, last }: LearningProgress): LearningEvent[] {
  return [...(curve.length > 0 ? [{ type: 'curve', points: curve } as const] : []), ...last]
}

/** A learning during which so many workers died, without getting any further, is not tried again. */
const maxInterrupts = 3

/** What becomes of a learning whose worker has died. */
export type LearningRecovery =
  | { readonly type: 'fail'; readonly code: 'style/interrupted' | 'style/none' }
  /** `isFresh`: what was learned for another model is of no use to this one, so it begins again. */
  | { readonly type: 'resume'; readonly interrupts: number; readonly modelHash: string; readonly isFresh: boolean }

/** Decides what becomes of a learning whose worker has died. `modelHash`: of the model that is loaded. */
export function recoveryOf(
  row: Pick<LearningRow, 'interrupts' | 'state' | 'modelHash'>,
  modelHash: string | undefined,
): LearningRecovery {
  const interrupts = row.interrupts + (row.state === 'running' ? 1 : 0)
  if (interrupts >= maxInterrupts) return { type: 'fail', code: 'style/interrupted' }
  if (modelHash === undefined) return { type: 'fail', code: 'style/none' }
  return { type: 'resume', interrupts, modelHash, isFresh: row.modelHash !== modelHash }
}
