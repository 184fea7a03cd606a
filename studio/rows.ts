import type { PaintOutput } from '../engine/types/engine.ts'
import type { Prisma } from '../prisma/client/sqlite/client.ts'
import type { FileHash, JobId, Person, PersonId, Picture, PictureId, Recipe } from './studio.ts'

/** What is always read of a picture: its row and its ask's. */
export const withAsk = { ask: true } satisfies Prisma.PictureInclude
export type PictureRow = Prisma.PictureGetPayload<{ include: typeof withAsk }>

export const openStates: ('asked' | 'running')[] = ['asked', 'running']

/** The rows are written by this studio alone: what its ids are and what its JSON holds needs no second check. */
export function pictureOf({ ask, ...row }: PictureRow): Picture {
  return {
    id: row.id as PictureId,
    job: row.askId as JobId,
    index: row.index,
    owner: ask.ownerId as PersonId,
    origin: ask.origin,
    state: row.state,
    recipe: recipeOf(row),
    parent: ask.parentId as PictureId | null,
    file: row.file as FileHash | null,
    made: row.made as unknown as PaintOutput | null,
    failure: row.failure as Picture['failure'],
    requestedAt: ask.askedAt,
    finishedAt: row.finishedAt,
  }
}

/**
 * Whether all of it was read: Prisma reads a row and its ask one after the other, and a picture whose ask is gone by
 * then has been removed.
 */
export function isWhole(row: { ask: unknown }): boolean {
  return row.ask !== null
}

export function picturesOf(rows: readonly PictureRow[]): Picture[] {
  return rows.filter(isWhole).map(pictureOf)
}

export function recipeOf(row: Pick<PictureRow, 'recipe'>): Recipe {
  return row.recipe as unknown as Recipe
}

/** As above: its id is a person's. */
export function personOf({ id, name, discordId, color }: Omit<Person, 'id'> & { readonly id: string }): Person {
  return { id: id as PersonId, name, discordId, color }
}

/** Our own readonly shapes as Prisma's JSON: they hold nothing that JSON does not. */
export function json(value: object): Prisma.InputJsonObject {
  return value as Prisma.InputJsonObject
}
export function jsonList(values: readonly unknown[]): Prisma.InputJsonObject[] {
  return values as unknown as Prisma.InputJsonObject[]
}
