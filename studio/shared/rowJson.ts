import type { Prisma } from '../../prisma/client/sqlite/client.ts'

/** Our own readonly shapes as Prisma's JSON: they hold nothing that JSON does not. */
export function json(value: object): Prisma.InputJsonObject {
  return value as Prisma.InputJsonObject
}

/** A list of our own readonly shapes as Prisma's JSON. */
export function jsonList(values: readonly unknown[]): Prisma.InputJsonObject[] {
  return values as unknown as Prisma.InputJsonObject[]
}
