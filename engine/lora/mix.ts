/** From kept adapters to the vector that a picture passes to the network. */
import type { Adapter } from '../types/styles.ts'
import type { StyleSpace } from './layout.ts'
import { mixTextures } from './texture.ts'

/** A change of weights by strength times what the adapter says. */
export interface Ingredient {
  readonly adapter: Adapter
  readonly weight: number
}

/**
 * One adapter that changes every weight by the weighted sum of what all of them change it by: their ranks one after
 * another, each rank's B times its weight; and their tints and textures.
 */
export function mixAdapters({ targets, valuesPerRank }: StyleSpace, ingredients: readonly Ingredient[]): Adapter {
  const rank = ingredients.reduce((sum, { adapter }) => sum + adapter.rank, 0)
  const values = new Float32Array(rank * valuesPerRank)
  let start = 0
  for (const { adapter, weight } of ingredients) {
    values.set(adapter.values, start)
    for (let end = start + adapter.values.length; start < end; ) {
      for (const { in: from, out } of targets) {
        for (let i = start + from; i < start + from + out; i++) values[i]! *= weight
        start += from + out
      }
    }
  }
  const tint = mixTints(ingredients)
  const textures = mixTextures(ingredients)
  return { rank, values, ...(tint && { tint }), ...(textures.length > 0 && { textures }) }
}

/**
 * Colours are somewhere to arrive at: half a weight goes half the way, but weights of 1.5 no further than all of it, and
 * several together to their mean. Added up, two faded styles would turn colours into their opposites.
 */
function mixTints(ingredients: readonly Ingredient[]): Float32Array | undefined {
  const tints = ingredients.flatMap(({ adapter: { tint }, weight }) => (tint ? [{ tint, weight }] : []))
  if (tints.length === 0) return undefined
  const sum = tints.reduce((sum, { weight }) => sum + weight, 0)
  const mixed = new Float32Array(tints[0]!.tint.length)
  for (const { tint, weight } of tints) {
    for (const [at, value] of tint.entries()) mixed[at]! += (weight / Math.max(1, sum)) * value
  }
  return mixed
}

/**
 * The styles of a batch as rows of equal length, (rows · ranks · width): `least` ranks if nobody has a style, otherwise
 * the slots of one style or of as many as the largest mix needs. So a device meets few shapes.
 */
export function styleRows(
  { maxRank, valuesPerRank }: StyleSpace,
  styles: readonly (Adapter | undefined)[],
  least = 0,
): Float32Array {
  const most = styles.reduce((rank, style) => Math.max(rank, style?.rank ?? 0), 0)
  const ranks = most === 0 ? least : Math.ceil(most / maxRank) * maxRank
  const rows = new Float32Array(styles.length * ranks * valuesPerRank)
  for (const [row, style] of styles.entries()) if (style) rows.set(style.values, row * ranks * valuesPerRank)
  return rows
}
