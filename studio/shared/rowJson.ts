import type { Prisma } from '../../prisma/client/sqlite/client.ts'
import type { ErrorCode, ErrorPayload, ErrorValues } from '../../protocol/errors.ts'

/** Our own readonly shapes as Prisma's JSON: they hold nothing that JSON does not. */
export function json(value: object): Prisma.InputJsonObject {
  return value as Prisma.InputJsonObject
}

/** A list of our own readonly shapes as Prisma's JSON. */
export function jsonList(values: readonly unknown[]): Prisma.InputJsonObject[] {
  return values as unknown as Prisma.InputJsonObject[]
}

/**
 * Long text for a column of JSON. A string by itself would be part of Prisma's query: compiled with it, and remembered in
 * a plan beside a thousand others. An object is a parameter.
 */
export function jsonText(text: string): Prisma.InputJsonObject {
  return { text }
}

/** What a column holds, and of what `jsonText` has written the text. */
export function unwrapText(value: unknown): unknown {
  const { text } = objectIn(value)
  return typeof text === 'string' ? text : value
}

export { parseJson } from '../../prisma/json.ts'

// What a column of JSON holds. Mostly this studio wrote it, but an older version or a hand may have: what cannot be read
// is as if it were not there, so that one row keeps nobody from the others.

export function objectIn(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

export function stringsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(each => typeof each === 'string') : []
}

/** What failed; `otherwise` where no code can be read. Rows of version 0.1 hold `words` instead of `message`. */
export function failureIn(value: unknown, otherwise: ErrorCode): ErrorPayload {
  const { code, message, words, hint, values } = objectIn(value)
  const text = message ?? words
  return {
    code: typeof code === 'string' ? code : otherwise,
    message: typeof text === 'string' ? text : '',
    ...(typeof hint === 'string' && { hint }),
    ...(values !== undefined && { values: valuesIn(values) }),
  }
}

function valuesIn(value: unknown): ErrorValues {
  const entries = Object.entries(objectIn(value))
  return Object.fromEntries(entries.flatMap(([name, one]) => (isValue(one) ? [[name, one]] : [])))
}
const isValue = (value: unknown) => typeof value === 'string' || typeof value === 'number'
