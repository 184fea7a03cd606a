import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { escapeMarkdown } from '../text/markdown.ts'

/** What people fill into forms. */

/** A form must be the first answer, within 3 s; what takes longer than this to find out does not stand in it. */
const patienceMs = 1_500

/** What a promise brings, or `otherwise` where it takes too long for a form. */
export async function soon<T, O>(work: Promise<T>, otherwise: O): Promise<T | O> {
  const late = new Promise<O>(resolve => setTimeout(resolve, patienceMs, otherwise).unref())
  return Promise.race([work, late])
}

/** A seed; nothing where it was left empty. @throws UserError for anything else */
export function readSeed(said: string): { seed?: number } {
  const seed = said.trim()
  if (seed === '') return {}
  if (!/^\d{1,10}$/.test(seed) || Number(seed) > limits.maxSeed) {
    throw new UserError('chat/seed', undefined, { values: { value: escapeMarkdown(seed, 20) } })
  }
  return { seed: Number(seed) }
}

/** A number with a point or a comma; undefined where it was left empty, NaN where it is none. */
export function readNumber(said: string): number | undefined {
  const text = said.trim().replace(',', '.')
  if (text === '') return undefined
  return /^\d+(\.\d*)?$/.test(text) ? Number(text) : Number.NaN
}

/** How much of an image may change. @throws UserError for what is not above 0 and up to 1 */
export function readStrength(said: string): number {
  const strength = readNumber(said) ?? Number.NaN
  if (!(strength > 0 && strength <= 1)) throw new UserError('chat/strength')
  return strength
}
