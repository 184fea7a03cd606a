/** How much of a picture is fine: energy of its luma by spatial frequency. */

/** Energy of luma above `cycles` cycles a pixel, mean over pictures of `side` × `side` × RGB. */
export function fineEnergy(pictures: readonly Uint8Array[], side: number, cycles = 1 / 8): number {
  const waves = wavesOf(side)
  const total = pictures.reduce((sum, picture) => sum + energyAbove(lumaOf(picture), side, cycles, waves), 0)
  return total / pictures.length
}

export interface Waves {
  readonly cos: Float64Array
  readonly sin: Float64Array
}

export function wavesOf(side: number): Waves {
  const angle = (at: number) => (2 * Math.PI * ((Math.floor(at / side) * (at % side)) % side)) / side
  return {
    cos: Float64Array.from({ length: side * side }, (_, at) => Math.cos(angle(at))),
    sin: Float64Array.from({ length: side * side }, (_, at) => Math.sin(angle(at))),
  }
}

function energyAbove(luma: Float64Array, side: number, cycles: number, waves: Waves): number {
  let energy = 0
  eachWave(luma, side, waves, (across, down, found) => {
    if (Math.hypot(across, down) > cycles) energy += found
  })
  return energy
}

/** Tells the energy |F(u, v)|² / N⁴ of every wave of a picture; by Parseval they sum to the mean of its squares. Frequencies in cycles a pixel, −½ … ½. */
export function eachWave(
  luma: Float64Array,
  side: number,
  waves: Waves,
  visit: (across: number, down: number, energy: number) => void,
): void {
  const rows = transformRows(luma, new Float64Array(luma.length), side, waves)
  const { real, imaginary } = transformRows(transposed(rows.real, side), transposed(rows.imaginary, side), side, waves)
  const signed = (at: number) => (at > side / 2 ? at - side : at) / side
  for (let u = 0; u < side; u++)
    for (let v = 0; v < side; v++) {
      const at = u * side + v
      visit(signed(u), signed(v), (real[at]! ** 2 + imaginary[at]! ** 2) / side ** 4)
    }
}

interface Complex {
  readonly real: Float64Array
  readonly imaginary: Float64Array
}

function transformRows(real: Float64Array, imaginary: Float64Array, side: number, waves: Waves): Complex {
  const out = { real: real.slice(), imaginary: imaginary.slice() }
  for (let from = 0; from < real.length; from += side)
    transformRow(out.real.subarray(from, from + side), out.imaginary.subarray(from, from + side), side, waves)
  return out
}

/** Shorter rows are summed at once: halving them costs more than it saves. */
const shortRow = 8

/**
 * Discrete Fourier transform of one row in place: halves as long as they are even (Cooley and Tukey), sums for what is left.
 * `waves` are those of `side`, whose row 1 holds every turn.
 */
function transformRow(real: Float64Array, imaginary: Float64Array, side: number, { cos, sin }: Waves): void {
  const { length } = real
  const stride = side / length
  const turn = (at: number) => side + ((at * stride) % side)
  if (length % 2 === 1 || length <= shortRow) {
    const [a, b] = [real.slice(), imaginary.slice()]
    for (let k = 0; k < length; k++) {
      let [sumReal, sumImaginary] = [0, 0]
      for (let x = 0; x < length; x++) {
        const at = turn(k * x)
        const [c, s] = [cos[at]!, sin[at]!]
        sumReal += a[x]! * c + b[x]! * s
        sumImaginary += b[x]! * c - a[x]! * s
      }
      real[k] = sumReal
      imaginary[k] = sumImaginary
    }
    return
  }
  const half = length / 2
  const [evens, odds] = [0, 1].map(first => {
    const part = { real: new Float64Array(half), imaginary: new Float64Array(half) }
    for (let at = 0; at < half; at++) {
      part.real[at] = real[2 * at + first]!
      part.imaginary[at] = imaginary[2 * at + first]!
    }
    transformRow(part.real, part.imaginary, side, { cos, sin })
    return part
  }) as [Complex, Complex]
  for (let k = 0; k < half; k++) {
    const [c, s] = [cos[turn(k)]!, sin[turn(k)]!]
    const [a, b] = [odds.real[k]!, odds.imaginary[k]!]
    const [turnedReal, turnedImaginary] = [a * c + b * s, b * c - a * s]
    real[k] = evens.real[k]! + turnedReal
    imaginary[k] = evens.imaginary[k]! + turnedImaginary
    real[k + half] = evens.real[k]! - turnedReal
    imaginary[k + half] = evens.imaginary[k]! - turnedImaginary
  }
}

function transposed(values: Float64Array, side: number): Float64Array {
  const out = new Float64Array(values.length)
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) out[x * side + y] = values[y * side + x]!
  return out
}

/** 0 … 1, Rec. 601. */
export function lumaOf(picture: Uint8Array): Float64Array {
  return Float64Array.from(
    { length: picture.length / 3 },
    (_, at) => (0.299 * picture[at * 3]! + 0.587 * picture[at * 3 + 1]! + 0.114 * picture[at * 3 + 2]!) / 255,
  )
}

/** How strong the edges of a picture are at each pixel: the length of the luma's gradient. */
export function edgesOf(picture: Uint8Array, side: number): Float64Array {
  const luma = lumaOf(picture)
  const at = (x: number, y: number) => luma[Math.min(side - 1, y) * side + Math.min(side - 1, x)]!
  return luma.map((value, index) => {
    const [x, y] = [index % side, Math.floor(index / side)]
    return Math.hypot(at(x + 1, y) - value, at(x, y + 1) - value)
  })
}

/** Pearson's correlation; 0 where one side does not vary. */
export function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [middleA, middleB] = [mean(a), mean(b)]
  let [ab, aa, bb] = [0, 0, 0]
  for (let at = 0; at < a.length; at++) {
    const [da, db] = [a[at]! - middleA, b[at]! - middleB]
    ab += da * db
    aa += da * da
    bb += db * db
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb)
}
