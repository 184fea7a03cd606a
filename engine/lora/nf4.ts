/**
 * 4-bit NormalFloat with double quantization: QLoRA (arXiv 2305.14314), sections 3 and appendix E, with the code and the
 * 8-bit map of bitsandbytes, so that both give the same numbers.
 *
 * Blocks of 64 values share their largest magnitude; each value is the nearest of 16 levels times it. The magnitudes in
 * turn, less their mean, are kept in 8 bits, in groups of 256 with one float32. 4 + 8/64 + 32/(64·256) = 4.127 bits.
 */
export interface Nf4 {
  readonly count: number
  /** Two levels in a byte, the earlier one in the upper half. */
  readonly levels: Uint8Array
  /** Index into the dynamic map, one per block of 64. */
  readonly magnitudes: Uint8Array
  /** One per group of 256 blocks. */
  readonly groups: Float32Array
  /** What was taken off every magnitude. */
  readonly mean: number
}

export const blockSize = 64
export const groupSize = 256

/** Quantiles of a normal distribution, with an exact zero, scaled to -1 … 1. */
export const levels = Float32Array.of(
  ...[-1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334],
  ...[-0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224],
  ...[0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1],
)

/**
 * The signed dynamic map of 8 bits (arXiv 1511.04561): 0, 1 and, for each power of ten from 10⁻⁶ to 1, the middles of
 * 1, 2, 4 … 64 equal parts of its last decade, with both signs. Ascending.
 */
export const dynamicMap = makeDynamicMap()

export function quantize(values: Float32Array): Nf4 {
  const blocks = Math.ceil(values.length / blockSize)
  const packed = new Uint8Array(Math.ceil(values.length / 2))
  const largest = new Float32Array(blocks)
  for (let block = 0; block < blocks; block++) {
    const start = block * blockSize
    const end = Math.min(start + blockSize, values.length)
    let most = 0
    for (let i = start; i < end; i++) most = Math.max(most, Math.abs(values[i]!))
    if (!Number.isFinite(most)) throw new Error(`Expected finite values to quantize, found ${most} in block ${block}.`)
    largest[block] = most
    for (let i = start; i < end; i++) {
      const level = nearest(levels, most === 0 ? 0 : values[i]! / most)
      packed[i >> 1]! |= i % 2 === 0 ? level << 4 : level
    }
  }
  return { count: values.length, levels: packed, ...quantizeMagnitudes(largest) }
}

export function dequantize(nf4: Nf4): Float32Array {
  const values = new Float32Array(nf4.count)
  for (let block = 0; block < nf4.magnitudes.length; block++) {
    const deviation = Math.fround(dynamicMap[nf4.magnitudes[block]!]! * nf4.groups[Math.floor(block / groupSize)]!)
    // Rounding may bring a magnitude far below the mean to just under zero, which would turn every sign.
    const magnitude = Math.max(0, Math.fround(deviation + nf4.mean))
    const start = block * blockSize
    const end = Math.min(start + blockSize, nf4.count)
    for (let i = start; i < end; i++) {
      const pair = nf4.levels[i >> 1]!
      values[i] = levels[i % 2 === 0 ? pair >> 4 : pair & 15]! * magnitude
    }
  }
  return values
}

function quantizeMagnitudes(largest: Float32Array): Pick<Nf4, 'magnitudes' | 'groups' | 'mean'> {
  const mean = Math.fround(largest.reduce((sum, magnitude) => sum + magnitude, 0) / Math.max(1, largest.length))
  const magnitudes = new Uint8Array(largest.length)
  const groups = new Float32Array(Math.ceil(largest.length / groupSize))
  for (let group = 0; group < groups.length; group++) {
    const start = group * groupSize
    const deviations = largest.subarray(start, start + groupSize).map(magnitude => magnitude - mean)
    const most = deviations.reduce((most, deviation) => Math.max(most, Math.abs(deviation)), 0)
    groups[group] = most
    deviations.forEach((deviation, i) => {
      magnitudes[start + i] = nearest(dynamicMap, most === 0 ? 0 : deviation / most)
    })
  }
  return { magnitudes, groups, mean }
}

/** Index of the entry of an ascending table that is nearest to a value. */
function nearest(table: Float32Array, value: number): number {
  let low = 0
  let high = table.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (table[middle]! <= value) low = middle
    else high = middle
  }
  return value - table[low]! <= table[high]! - value ? low : high
}

function makeDynamicMap(): Float32Array {
  const entries = [0, 1]
  for (let decade = 0; decade < 7; decade++) {
    const parts = 2 ** decade
    for (let part = 0; part < parts; part++) {
      const middle = (0.1 + (0.9 * (part + 0.5)) / parts) * 10 ** (decade - 6)
      entries.push(middle, -middle)
    }
  }
  return Float32Array.from(entries).sort()
}
