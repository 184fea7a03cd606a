import { highestKey, keyAbove, keyBelow, lowestKey } from '../../protocol/depth.ts'
import type { Arrangement, Element } from '../../protocol/scene.ts'

/** The index of an element on top of everything; `elements` come from back to front. */
export const topZ = (elements: readonly Element[]): string => keyAbove(highestKey(elements))

/** As many indexes, one above the other, on top of everything. */
export function topZs(elements: readonly Element[], count: number): string[] {
  let z = highestKey(elements)
  return Array.from({ length: count }, () => {
    z = keyAbove(z)
    return z
  })
}

/** Brings these in front of everything, or behind; among themselves they keep their order. */
export function restack(
  chosen: readonly Element[],
  elements: readonly Element[],
  place: 'front' | 'back',
): readonly Arrangement[] {
  let z = place === 'front' ? highestKey(elements) : lowestKey(elements)
  return (place === 'front' ? chosen : chosen.toReversed()).map((element): Arrangement => {
    z = place === 'front' ? keyAbove(z) : keyBelow(z)
    return { id: element.id, change: { z } }
  })
}
