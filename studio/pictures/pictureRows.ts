import type { PaintOutput } from '../../engine/index.ts'
import type { Prisma } from '../../prisma/client/sqlite/client.ts'
import type { ErrorPayload } from '../../protocol/errors.ts'
import type { Recipe } from '../images/recipe.ts'
import type { FileHash, JobId, PersonId, PictureId } from '../shared/ids.ts'
import type { Picture } from './picture.ts'

/** What is always read of a picture: its row and its job's. */
export const withJob = { job: true } satisfies Prisma.PictureInclude
export type PictureRow = Prisma.PictureGetPayload<{ include: typeof withJob }>

/** The rows are written by this studio alone: what its ids are and what its JSON holds needs no second check. */
export function pictureOf({ job, ...row }: PictureRow): Picture {
  return {
    id: row.id as PictureId,
    job: row.jobId as JobId,
    index: row.index,
    owner: job.ownerId as PersonId,
    origin: job.origin,
    state: row.state,
    recipe: recipeOf(row),
    parent: job.parentId as PictureId | null,
    file: row.file as FileHash | null,
    output: row.output as unknown as PaintOutput | null,
    failure: failureOf(row.failure),
    requestedAt: job.requestedAt,
    finishedAt: row.finishedAt,
  }
}

/** Rows of version 0.1 hold `words` instead of `message`. */
function failureOf(failure: PictureRow['failure']): ErrorPayload | null {
  if (failure === null) return null
  const { code, message, words, hint } = failure as { code: string; message?: string; words?: string; hint?: string }
  return { code, message: message ?? words ?? '', ...(hint !== undefined && { hint }) }
}

/**
 * Whether all of it was read: Prisma reads a row and its job one after the other, and a picture whose job is gone by
 * then has been removed.
 */
export function isWhole(row: { job: unknown }): boolean {
  return row.job !== null
}

export function picturesOf(rows: readonly PictureRow[]): Picture[] {
  return rows.filter(isWhole).map(pictureOf)
}

export function recipeOf(row: Pick<PictureRow, 'recipe'>): Recipe {
  return row.recipe as unknown as Recipe
}
