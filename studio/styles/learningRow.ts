import type { StyleRecipe } from '../../engine/index.ts'
import type { Learning as RawRow } from '../../prisma/client/sqlite/client.ts'
import type { LearningId, PersonId, StyleId, StylePictureId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import type { CurvePoint, Learning } from './learning.ts'

/** A row of learnings with what its ids are and what its JSON holds. */
export interface LearningRow extends Omit<RawRow, 'id' | 'styleId' | 'pictures' | 'recipe' | 'curve'> {
  readonly id: LearningId
  readonly styleId: StyleId
  readonly pictures: readonly StylePictureId[]
  readonly recipe: Partial<StyleRecipe>
  readonly curve: readonly CurvePoint[] | null
}

/** The rows are written by this studio alone: what its ids are and what its JSON holds needs no second check. */
export function learningRow(row: RawRow): LearningRow {
  return row as unknown as LearningRow
}

/** A learning as faces see it. */
export function learningOf(row: LearningRow, owner: PersonId): Learning {
  const { id, styleId, state, step, steps, requestedAt, finishedAt, version, summary } = row
  return { id, style: styleId, owner, state, step, steps, requestedAt, finishedAt, version, summary }
}

/** The row of a learning while it is open and held by the worker that we think. */
export const stillOpen = ({ id, workerId }: LearningRow) => ({ id, workerId, state: { in: openStates } })
