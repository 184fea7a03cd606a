/**
 * Patterns that lie differently in each picture, as in scans that were cut by hand: regression would make grey of them. They
 * are moved onto each other, by the shift at which the mean tile of their fine details correlates most with that of the
 * picture that has the most.
 */
import { cellSide, groundCells } from '../lora/texture.ts'
import { smoothed } from '../pipeline/cells.ts'
import { smoothingRadius } from '../pipeline/textures.ts'
import type { Rgb } from '../types/rgb.ts'

/** Pixels after which the ground of a texture repeats, and a tile of one. */
const period = cellSide * groundCells
/** Correlation of two tiles from which on they show the same pattern. */
const same = 0.6
/** Of the best correlation, where it already lies: a lattice looks the same from many shifts. */
const enough = 0.8

/** Square pictures of whole tiles, cut so that their patterns lie alike; as they are where they do so, or have none. */
export async function* aligned(pictures: readonly Rgb[]): AsyncGenerator<undefined, readonly Rgb[]> {
  const side = pictures[0]!.width
  if (pictures.length < 2 || side < 2 * period) return pictures
  const tiles: Float64Array[] = []
  for (const picture of pictures) {
    tiles.push(meanTile(picture))
    yield
  }
  const energies = tiles.map(tile => product(tile, tile, 0, 0))
  const reference = tiles[energies.indexOf(Math.max(...energies))]!
  const shifts: Shift[] = []
  for (const tile of tiles) {
    shifts.push(shiftBetween(reference, tile))
    yield
  }
  if (shifts.every(({ dx, dy }) => dx === 0 && dy === 0)) return pictures
  return pictures.map((picture, at) => cut(picture, shifts[at]!, side - period))
}

interface Shift {
  readonly dx: number
  readonly dy: number
}

/** Luma of what is finer than half a cell, mean over all tiles of a picture; without its own mean. */
function meanTile(picture: Rgb): Float64Array {
  const { width, height, data } = picture
  const smooth = smoothed(picture, smoothingRadius).data
  const tile = new Float64Array(period * period)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3
      const luma = [0.299, 0.587, 0.114].reduce((sum, share, c) => sum + share * (data[at + c]! - smooth[at + c]!), 0)
      tile[(y % period) * period + (x % period)]! += luma
    }
  const mean = tile.reduce((sum, value) => sum + value, 0) / tile.length
  return tile.map(value => value - mean)
}

/** Where a tile lies against another, 0 0 if there is no telling. */
function shiftBetween(reference: Float64Array, tile: Float64Array): Shift {
  const norm = Math.sqrt(product(reference, reference, 0, 0) * product(tile, tile, 0, 0))
  let best = { dx: 0, dy: 0, found: Number.NEGATIVE_INFINITY }
  for (let dy = 0; dy < period; dy++)
    for (let dx = 0; dx < period; dx++) {
      const found = product(reference, tile, dx, dy)
      if (found > best.found) best = { dx, dy, found }
    }
  const lies = product(reference, tile, 0, 0)
  return best.found < same * norm || lies > enough * best.found ? { dx: 0, dy: 0 } : best
}

/** Σ reference(x) · tile(x + d), around the edges. */
function product(reference: Float64Array, tile: Float64Array, dx: number, dy: number): number {
  let sum = 0
  for (let y = 0; y < period; y++) {
    const row = ((y + dy) % period) * period
    for (let x = 0; x < period; x++) sum += reference[y * period + x]! * tile[row + ((x + dx) % period)]!
  }
  return sum
}

function cut({ width, data }: Rgb, { dx, dy }: Shift, side: number): Rgb {
  const out = new Uint8Array(side * side * 3)
  for (let y = 0; y < side; y++) {
    const from = ((y + dy) * width + dx) * 3
    out.set(data.subarray(from, from + side * 3), y * side * 3)
  }
  return { width: side, height: side, data: out }
}
