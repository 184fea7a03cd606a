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

function transformRows(real: Float64Array, imaginary: Float64Array, side: number, { cos, sin }: Waves) {
  const out = { real: new Float64Array(real.length), imaginary: new Float64Array(real.length) }
  for (let row = 0; row < side; row++)
    for (let k = 0; k < side; k++) {
      let [sumReal, sumImaginary] = [0, 0]
      for (let x = 0; x < side; x++) {
        const [a, b] = [real[row * side + x]!, imaginary[row * side + x]!]
        const [c, s] = [cos[k * side + x]!, sin[k * side + x]!]
        sumReal += a * c + b * s
        sumImaginary += b * c - a * s
      }
      out.real[row * side + k] = sumReal
      out.imaginary[row * side + k] = sumImaginary
    }
  return out
}

const transposed = (values: Float64Array, side: number): Float64Array =>
  values.map((_, at) => values[(at % side) * side + Math.floor(at / side)]!)

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
