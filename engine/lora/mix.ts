/** From kept adapters to the vector that a picture passes to the network. */
import type { Adapter } from '../styles.ts'
import type { StyleSpace } from './layout.ts'

/** A change of weights by strength times what the adapter says. */
export interface Ingredient {
  readonly adapter: Adapter
  readonly weight: number
}

/**
 * One adapter that changes every weight by the weighted sum of what all of them change it by: their ranks one after
 * another, each rank's B times its weight. Tints are added in the same way.
 */
export function mixAdapters({ targets, width }: StyleSpace, ingredients: readonly Ingredient[]): Adapter {
  const rank = ingredients.reduce((sum, { adapter }) => sum + adapter.rank, 0)
  const values = new Float32Array(rank * width)
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
  return { rank, values, ...(tint && { tint }) }
}

function mixTints(ingredients: readonly Ingredient[]): Float32Array | undefined {
  const tints = ingredients.flatMap(({ adapter: { tint }, weight }) =>
    tint ? [tint.map(value => value * weight)] : [],
  )
  const [first, ...others] = tints
  return first?.map((value, at) => others.reduce((sum, other) => sum + other[at]!, value))
}

/**
 * The styles of a batch as rows of equal length, (rows · ranks · width): `least` ranks if nobody has a style, otherwise
 * the slots of one style or of as many as the largest mix needs. So a device meets few shapes.
 */
export function styleRows(
  { slots, width }: StyleSpace,
  styles: readonly (Adapter | undefined)[],
  least = 0,
): Float32Array {
  const most = styles.reduce((rank, style) => Math.max(rank, style?.rank ?? 0), 0)
  const ranks = most === 0 ? least : Math.ceil(most / slots) * slots
  const rows = new Float32Array(styles.length * ranks * width)
  for (const [row, style] of styles.entries()) if (style) rows.set(style.values, row * ranks * width)
  return rows
}
