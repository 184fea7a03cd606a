/**
 * The texture of a style: dots, hatching, lines of lead, whatever of its pictures is too fine or too strange for the
 * autoencoder to carry, so that no adapter of the UNet could paint it. It is a small residual network over finished
 * pictures, as the feed-forward texture networks of arXiv 1603.03417, learned by regression from smoothed pictures to the
 * pictures themselves (`lcf/texture.ts`).
 *
 * It sees cells of 8 × 8 pixels, folded into channels, so that every pixel of a cell has weights of its own, and a ground
 * that repeats every 64 pixels is added to what it makes of a cell: a lattice knows where it is.
 */
import type { Tape, Value } from '../../onnx/tape/tape.ts'
import type { Adapter, TextureUse } from '../types/styles.ts'

/** Pixels of a side of one cell. */
export const cellSide = 8
/** Cells after which the ground repeats, in each direction. */
export const groundCells = 8
const width = 48
const blocks = 2
const folded = 3 * cellSide ** 2

/** The weights of a texture, in the order of its vector; behind them lies its range. */
export const textureWeights: readonly { readonly name: string; readonly shape: readonly number[] }[] = [
  { name: 'in.weight', shape: [width, folded, 3, 3] },
  { name: 'in.bias', shape: [width] },
  { name: 'ground', shape: [1, width, groundCells, groundCells] },
  ...Array.from({ length: blocks }, (_, at) => [
    { name: `blocks.${at}.weight`, shape: [width, width, 3, 3] },
    { name: `blocks.${at}.bias`, shape: [width] },
  ]).flat(),
  { name: 'out.weight', shape: [folded, width, 1, 1] },
  { name: 'out.bias', shape: [folded] },
]

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

export const networkLength = textureWeights.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
/** Values of a texture, 137 046. */
export const textureLength = networkLength + 6

/** The darkest and the lightest red, green and blue that a texture was learned on, in −1 … 1: 2 × 3, a view of its vector. */
export const rangeOf = (texture: Float32Array): Float32Array => texture.subarray(networkLength)

/** Folded pictures within the range of a texture: of what it has never seen a network says anything. */
export function withinRange(cells: Float32Array, range: Float32Array): Float32Array {
  const channel = cells.length / 3
  return cells.map((value, at) => {
    const colour = Math.floor(at / channel)
    return Math.min(range[3 + colour]!, Math.max(range[colour]!, value))
  })
}

/** The parts of a texture's vector, as views of it. */
export function partsOfTexture(values: Float32Array): Record<string, Float32Array> {
  let at = 0
  const parts: Record<string, Float32Array> = {}
  for (const { name, shape } of textureWeights) {
    parts[name] = values.subarray(at, at + sizeOf(shape))
    at += sizeOf(shape)
  }
  return parts
}

/**
 * Folded pictures (B, 3 · 8², h, w) in −1 … 1 → the same with the texture. The ground is given as it lies under these cells,
 * (1, 48, h, w).
 */
export function textured(t: Tape, picture: Value, weights: Readonly<Record<string, Value>>): Value {
  const conv = (name: string, x: Value, pads: number) =>
    t.conv(x, weights[`${name}.weight`]!, weights[`${name}.bias`]!, { pads })
  let y = t.add(conv('in', picture, 1), weights['ground']!)
  for (let at = 0; at < blocks; at++) y = t.add(y, conv(`blocks.${at}`, t.silu(y), 1))
  return t.add(picture, conv('out', t.silu(y), 0))
}

/** The ground under `columns` × `rows` cells, (48, h, w): the square of it, again and again. */
export function laidOut(ground: Float32Array, columns: number, rows: number): Float32Array {
  const laid = new Float32Array(width * rows * columns)
  for (let channel = 0; channel < width; channel++)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        laid[(channel * rows + row) * columns + column] =
          ground[(channel * groundCells + (row % groundCells)) * groundCells + (column % groundCells)]!
  return laid
}

/** Shape of the ground under so many cells. */
export const groundShape = (columns: number, rows: number): readonly number[] => [1, width, rows, columns]

/** What a style, or a mix of styles, puts on finished pictures. */
export function texturesOf(style: Adapter | undefined): readonly TextureUse[] {
  if (!style) return []
  return style.textures ?? (style.texture ? [{ values: style.texture, weight: 1 }] : [])
}

/** Like colours, textures are somewhere to arrive at: weights add up to 1 at most. */
export function mixTextures(
  ingredients: readonly { readonly adapter: Adapter; readonly weight: number }[],
): readonly TextureUse[] {
  const uses = ingredients.flatMap(({ adapter, weight }) =>
    texturesOf(adapter).map(use => ({ ...use, weight: use.weight * weight })),
  )
  const sum = Math.max(
    1,
    uses.reduce((total, { weight }) => total + weight, 0),
  )
  return uses.map(use => ({ ...use, weight: use.weight / sum }))
}
