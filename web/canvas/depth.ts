import { generateKeyBetween } from 'fractional-indexing'
import type { Element, Operation } from '../../protocol/scene.ts'

/** The index of an element on top of everything; `elements` come from back to front. */
export const topZ = (elements: readonly Element[]): string => generateKeyBetween(elements.at(-1)?.z ?? null, null)

/** As many indexes, one above the other, on top of everything. */
export function topZs(elements: readonly Element[], count: number): string[] {
  let z = elements.at(-1)?.z ?? null
  return Array.from({ length: count }, () => {
    z = generateKeyBetween(z, null)
    return z
  })
}

/** Brings these in front of everything, or behind; among themselves they keep their order. */
export function restack(
  chosen: readonly Element[],
  elements: readonly Element[],
  place: 'front' | 'back',
): readonly Operation[] {
  let z = (place === 'front' ? elements.at(-1) : elements[0])?.z ?? null
  return (place === 'front' ? chosen : chosen.toReversed()).map((element): Operation => {
    z = place === 'front' ? generateKeyBetween(z, null) : generateKeyBetween(null, z)
    return { type: 'change', id: element.id, change: { z } }
  })
}
