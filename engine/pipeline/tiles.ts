/**
 * Tiles of a plane of twice the side, each as large as the plane that it was doubled from: nine of them, which overlap by
 * half in each direction, so that no seam of one is a seam of all. Where they overlap they are mixed, each the more the
 * nearer to its middle.
 */
import type { LatentSize } from './rows.ts'

/** Where a tile begins. */
export interface Tile {
  readonly x: number
  readonly y: number
}

/** The tiles over a plane of 2 × `size`. */
export function tilesOver({ width, height }: LatentSize): Tile[] {
  const starts = (side: number) => [0, Math.floor(side / 2), side]
  return starts(height).flatMap(y => starts(width).map(x => ({ x, y })))
}

/** A tile out of a plane of 2 × `size`; `channels` planes one behind the other, (C, 2h, 2w) → (C, h, w). */
export function cropped(whole: Float32Array, { x, y }: Tile, { width, height }: LatentSize): Float32Array {
  const channels = whole.length / (4 * width * height)
  const tile = new Float32Array(channels * width * height)
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < height; row++) {
      const start = (channel * 2 * height + y + row) * 2 * width + x
      tile.set(whole.subarray(start, start + width), (channel * height + row) * width)
    }
  }
  return tile
}

/** Adds tiles up to the plane that they cover; what they say of the same place is mixed. */
export class TileSum {
  private readonly sum: Float32Array
  private readonly weight: Float32Array
  private readonly size: LatentSize
  private readonly channels: number

  /** `size`: of one tile. */
  constructor(size: LatentSize, channels: number) {
    this.size = size
    this.channels = channels
    this.sum = new Float32Array(channels * 4 * size.width * size.height)
    this.weight = new Float32Array(4 * size.width * size.height)
  }

  /** `valueAt`: of a channel and a place within the tile. */
  add({ x, y }: Tile, valueAt: (channel: number, at: number) => number): void {
    const { width, height } = this.size
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const share = nearness(column, width) * nearness(row, height)
        const place = (y + row) * 2 * width + x + column
        this.weight[place]! += share
        for (let channel = 0; channel < this.channels; channel++) {
          this.sum[channel * this.weight.length + place]! += share * valueAt(channel, row * width + column)
        }
      }
    }
  }

  /** (C, 2h, 2w) */
  mean(): Float32Array {
    const { sum, weight } = this
    return sum.map((value, i) => value / weight[i % weight.length]!)
  }
}

/** 1 in the middle of a side, falling to almost nothing at its ends. */
function nearness(at: number, side: number): number {
  return Math.min(at + 0.5, side - at - 0.5) / (side / 2)
}
