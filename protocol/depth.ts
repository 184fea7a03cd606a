import { generateKeyBetween } from 'fractional-indexing'
import { limits } from './limits.ts'

/**
 * Keys that say what lies above what (`z` of an element), in the grammar of fractional-indexing. It throws on a key that it
 * cannot read, in every page of the room, so nothing else may get into a room.
 */

/** Whether the library reads this key, and one above and one below it would still be short enough. */
export function isDepthKey(z: string): boolean {
  if (!/^[A-Za-z0-9]+$/.test(z) || z.length > limits.maxDepthCharacters) return false
  try {
    return [generateKeyBetween(z, null), generateKeyBetween(null, z)].every(
      key => key.length <= limits.maxDepthCharacters,
    )
  } catch {
    return false
  }
}

/** A key above this one; null: the first of all. Where none is left, the same again: ties are settled by id. */
export function keyAbove(z: string | null): string {
  const key = generateKeyBetween(z, null)
  return isDepthKey(key) ? key : (z ?? key)
}

/** A key below this one, in the same way. */
export function keyBelow(z: string | null): string {
  const key = generateKeyBetween(null, z)
  return isDepthKey(key) ? key : (z ?? key)
}

/** A key between these two; null: the lower or upper end. Where they leave no room, the lower one again. */
export function keyBetween(lower: string | null, upper: string | null): string {
  if (upper === null) return keyAbove(lower)
  if (lower === null) return keyBelow(upper)
  if (lower >= upper) return lower
  const key = generateKeyBetween(lower, upper)
  return isDepthKey(key) ? key : lower
}

/** The highest key among these elements (from back to front) that can be built upon; null if there is none. */
export function highestKey(elements: readonly { readonly z: string }[]): string | null {
  return elements.findLast(({ z }) => isDepthKey(z))?.z ?? null
}

/** The lowest such key. */
export function lowestKey(elements: readonly { readonly z: string }[]): string | null {
  return elements.find(({ z }) => isDepthKey(z))?.z ?? null
}
