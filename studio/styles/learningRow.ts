import type { StyleRecipe } from '../../engine/index.ts'
import type { Learning as RawRow } from '../../prisma/client/sqlite/client.ts'
import type { ErrorPayload } from '../../protocol/errors.ts'
import { asStylePictureId, type LearningId, type PersonId, type StyleId, type StylePictureId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import { failureIn, objectIn, stringsIn } from '../shared/rowJson.ts'
import type { CurvePoint, Learning } from './learning.ts'

/** A row of learnings with what its ids are and what its JSON holds. */
export interface LearningRow extends Omit<RawRow, 'id' | 'styleId' | 'pictures' | 'recipe' | 'curve' | 'failure'> {
  readonly id: LearningId
  readonly styleId: StyleId
  readonly pictures: readonly StylePictureId[]
  readonly recipe: Partial<StyleRecipe>
  readonly curve: readonly CurvePoint[] | null
  readonly failure: ErrorPayload | null
}

/** What ids are needs no second check. */
export function learningRow(row: RawRow): LearningRow {
  const { recipe, pictures, curve, failure } = row
  return {
    ...(row as unknown as LearningRow),
    recipe: objectIn(recipe),
    pictures: stringsIn(pictures).map(asStylePictureId),
    curve: curve === null ? null : curveIn(curve),
    failure: failure === null ? null : failureIn(failure, 'style/learning-failed'),
  }
}

/** The points of a curve in a row that can be drawn. */
export function curveIn(stored: unknown): CurvePoint[] {
  return Array.isArray(stored) ? stored.filter(isPoint) : []
}

function isPoint(stored: unknown): stored is CurvePoint {
  const { step, loss, heldOutLoss = 0 } = objectIn(stored)
  return [step, loss, heldOutLoss].every(Number.isFinite)
}

/** A learning as faces see it. */
export function learningOf(row: LearningRow, owner: PersonId): Learning {
  const { id, styleId, state, step, steps, requestedAt, finishedAt, version, summary, failure } = row
  return { id, style: styleId, owner, state, step, steps, requestedAt, finishedAt, version, summary, failure }
}

/** The row of a learning while it is open and held by the worker that we think. */
export const stillOpen = ({ id, workerId }: LearningRow) => ({ id, workerId, state: { in: openStates } })
