import type { PaintOutput } from '../../engine/index.ts'
import type { Prisma } from '../../prisma/client/sqlite/client.ts'
import type { ErrorPayload } from '../../protocol/errors.ts'
import { type Recipe, recipeIn } from '../images/recipe.ts'
import type { FileHash, JobId, PersonId, PictureId } from '../shared/ids.ts'
import { failureIn } from '../shared/rowJson.ts'
import type { Picture } from './picture.ts'

/** What is always read of a picture: its row and its job's. */
export const withJob = { job: true } satisfies Prisma.PictureInclude
type RawRow = Prisma.PictureGetPayload<{ include: typeof withJob }>

/** A row of pictures with what its ids are and what its JSON holds. */
export interface PictureRow
  extends Omit<RawRow, 'id' | 'jobId' | 'job' | 'recipe' | 'file' | 'image' | 'output' | 'failure'> {
  readonly id: PictureId
  readonly jobId: JobId
  readonly recipe: Recipe
  readonly file: FileHash | null
  readonly image: FileHash | null
  readonly output: PaintOutput | null
  readonly failure: ErrorPayload | null
  readonly job: JobRow
}
interface JobRow extends Omit<RawRow['job'], 'id' | 'ownerId' | 'parentId'> {
  readonly id: JobId
  readonly ownerId: PersonId
  readonly parentId: PictureId | null
}

/** What ids are needs no second check. */
export function pictureRow(row: RawRow): PictureRow {
  const failure = row.failure === null ? null : failureIn(row.failure, 'picture/bug')
  return { ...(row as unknown as PictureRow), recipe: recipeIn(row.recipe), failure }
}

/** A picture as faces see it. */
export function pictureOf({ job, ...row }: PictureRow): Picture {
  const { id, jobId, index, state, recipe, file, output, failure, finishedAt } = row
  return {
    ...{ id, job: jobId, index, state, recipe, file, output, failure, finishedAt },
    owner: job.ownerId,
    origin: job.origin,
    parent: job.parentId,
    requestedAt: job.requestedAt,
  }
}

/**
 * Whether all of it was read: Prisma reads a row and its job one after the other, and a picture whose job is gone by
 * then has been removed.
 */
export function isWhole(row: { job: unknown }): boolean {
  return row.job !== null
}

/** The pictures of rows that were read whole. */
export function picturesOf(rows: readonly RawRow[]): Picture[] {
  return rows.filter(isWhole).map(row => pictureOf(pictureRow(row)))
}
