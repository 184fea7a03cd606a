/**
 * Whole numbers that follow each other smoothly, such as one coordinate along pen strokes, as few bytes; lossless audio
 * codecs do the same (FLAC, RFC 9639). Each number is predicted from the steps before it, by weights that fit these numbers
 * best; what is left is small. Its lowest bits are noise and stand as they are; what is above them is mostly alike, one
 * byte each, for deflate to shorten.
 */
export interface PackedColumn {
  /** Varints: the weights, the number of low bits, then the high part of each number. */
  readonly high: Uint8Array
  /** The low bits, number after number. */
  readonly low: Uint8Array
}

/** Weights are whole multiples of one over this. */
const weightUnit = 4096
const maxWeight = 4
/** The high parts keep so many bits of a usual number. */
const highBits = 4
const maxLowBits = 16
/** So many sequences are enough to find the weights. */
const maxFitted = 1_000

/** Packs sequences one after the other; each begins anew at 0. Numbers are whole and below 2³⁰ in size. */
export function packColumn(sequences: readonly Int32Array[]): PackedColumn {
  const weights = fitWeights(sequences)
  const rest = residuals(sequences, weights)
  const lowBits = countLowBits(rest)
  const scale = 2 ** lowBits
  const high = createByteWriter()
  for (const weight of weights) high.varint(zigzag(weight))
  high.varint(lowBits)
  const low = createBitWriter()
  for (const value of rest) {
    high.varint(Math.floor(value / scale))
    low.write(value % scale, lowBits)
  }
  return { high: high.bytes(), low: low.bytes() }
}

/** Returns what reads the next sequence, of so many numbers. Throws if there are not as many. */
export function unpackColumn({ high, low }: PackedColumn): (length: number) => Int32Array {
  const head = createByteReader(high)
  const weights = [unzigzag(head.varint()), unzigzag(head.varint()), unzigzag(head.varint())] as const
  const lowBits = head.varint()
  let place: Place = { high: head.at, low: 0, waiting: 0, count: 0 }
  return length => {
    const numbers = new Int32Array(length)
    place = readSequence(numbers, { high, low }, place, { weights, lowBits })
    return numbers
  }
}

/** How far a column has been read: whole bytes of both parts, and so many bits of `low` that are still waiting. */
interface Place {
  readonly high: number
  readonly low: number
  readonly waiting: number
  readonly count: number
}

/** A newcomer waits for this: one loop over plain numbers takes a fifth of what readers of bytes and bits took. */
function readSequence(
  numbers: Int32Array,
  { high, low }: PackedColumn,
  from: Place,
  { weights: [first, second, third], lowBits }: { readonly weights: Weights; readonly lowBits: number },
): Place {
  const [scale, mask] = [2 ** lowBits, (1 << lowBits) - 1]
  let [highAt, lowAt, waiting, count] = [from.high, from.low, from.waiting, from.count]
  let [last, step, earlier, earliest] = [0, 0, 0, 0]
  for (let index = 0; index < numbers.length; index++) {
    let byte = high[highAt++]!
    let value = byte & 127
    for (let unit = 128; byte >= 128; unit *= 128) {
      byte = high[highAt++]!
      value += (byte & 127) * unit
    }
    for (; count < lowBits; count += 8) waiting |= low[lowAt++]! << count
    const rest = unzigzag(value * scale + (waiting & mask))
    waiting >>>= lowBits
    count -= lowBits
    const ahead = first * step + second * earlier + third * earliest
    const next = last + Math.round(ahead / weightUnit) + rest
    earliest = earlier
    earlier = step
    step = index === 0 ? 0 : next - last
    last = next
    numbers[index] = next
  }
  if (highAt > high.length || lowAt > low.length) throw new Error('Expected more points in a packed scene.')
  return { high: highAt, low: lowAt, waiting, count }
}

type Weights = readonly [number, number, number]

/** What number `index` will be: the one before it, and a mixture of the three steps that led there. */
function predict(numbers: Int32Array, index: number, [first, second, third]: Weights): number {
  if (index < 2) return index === 0 ? 0 : numbers[0]!
  const last = numbers[index - 1]!
  const earlier = numbers[index - 2]!
  let ahead = first * (last - earlier)
  if (index > 2) ahead += second * (earlier - numbers[index - 3]!)
  if (index > 3) ahead += third * (numbers[index - 3]! - numbers[index - 4]!)
  return last + Math.round(ahead / weightUnit)
}

function residuals(sequences: readonly Int32Array[], weights: Weights): Float64Array {
  const rest = new Float64Array(sequences.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const numbers of sequences) {
    for (let index = 0; index < numbers.length; index++) {
      rest[at++] = zigzag(numbers[index]! - predict(numbers, index, weights))
    }
  }
  return rest
}

/** Small numbers of either sign as small ones: 0, −1, 1, −2, … */
const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)
const unzigzag = (value: number): number => {
  // Almost all fit 31 bits, where halves are ten times as quick as remainders of floats.
  if (value < 2 ** 31) return (value >>> 1) ^ -(value & 1)
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

/** So many that what is above them is small. */
function countLowBits(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  const mean = sum / Math.max(1, values.length)
  return Math.min(maxLowBits, Math.max(0, Math.floor(Math.log2(mean + 1)) - highBits + 1))
}

/** The weights that come nearest to each step by those before it, in the least squares. */
function fitWeights(sequences: readonly Int32Array[]): Weights {
  // The sums of the normal equations: of products of steps that lie so far back.
  const sums = new Float64Array(16)
  const every = Math.max(1, Math.floor(sequences.length / maxFitted))
  for (let sequence = 0; sequence < sequences.length; sequence += every) {
    const numbers = sequences[sequence]!
    for (let index = 4; index < numbers.length; index++) {
      for (let a = 0; a < 4; a++) {
        const step = numbers[index - a]! - numbers[index - a - 1]!
        for (let b = 0; b <= a; b++) sums[a * 4 + b]! += step * (numbers[index - b]! - numbers[index - b - 1]!)
      }
    }
  }
  const product = (a: number, b: number) => sums[Math.max(a, b) * 4 + Math.min(a, b)]!
  const rows = [1, 2, 3].map(row => [
    ...[1, 2, 3].map(column => product(row, column) + (row === column ? 1 : 0)),
    // Where nothing else is known, a step is as the one before it.
    product(row, 0) + (row === 1 ? 1 : 0),
  ])
  const [first = 0, second = 0, third = 0] = solve(rows).map(toWeight)
  return [first, second, third]
}

const toWeight = (weight: number): number =>
  Math.round(Math.min(maxWeight, Math.max(-maxWeight, Number.isFinite(weight) ? weight : 0)) * weightUnit)

/** Gauss–Jordan; the rows are positive definite, so no pivot is looked for. */
function solve(rows: number[][]): number[] {
  for (const [pivot, row] of rows.entries()) {
    for (const other of rows) {
      if (other === row) continue
      const factor = other[pivot]! / row[pivot]!
      for (let column = pivot; column < other.length; column++) other[column]! -= factor * row[column]!
    }
  }
  return rows.map((row, pivot) => row.at(-1)! / row[pivot]!)
}

function createByteWriter() {
  let bytes = new Uint8Array(1024)
  let length = 0
  function push(byte: number): void {
    if (length === bytes.length) {
      const larger = new Uint8Array(bytes.length * 2)
      larger.set(bytes)
      bytes = larger
    }
    bytes[length++] = byte
  }
  return {
    push,
    varint(value: number): void {
      let rest = value
      while (rest >= 128) {
        push((rest % 128) + 128)
        rest = Math.floor(rest / 128)
      }
      push(rest)
    },
    bytes: () => bytes.subarray(0, length),
  }
}

function createByteReader(bytes: Uint8Array) {
  let at = 0
  function next(): number {
    const byte = bytes[at++]
    if (byte === undefined) throw new Error('Expected more points in a packed scene.')
    return byte
  }
  return {
    get at() {
      return at
    },
    varint(): number {
      let byte = next()
      let value = byte & 127
      for (let scale = 128; byte >= 128; scale *= 128) {
        byte = next()
        value += (byte & 127) * scale
      }
      return value
    },
  }
}

function createBitWriter() {
  const whole = createByteWriter()
  let waiting = 0
  let count = 0
  return {
    /** Up to `maxLowBits`, the lowest one first. */
    write(value: number, bits: number): void {
      waiting |= value << count
      count += bits
      for (; count >= 8; count -= 8) {
        whole.push(waiting & 255)
        waiting >>>= 8
      }
    },
    bytes(): Uint8Array {
      if (count > 0) whole.push(waiting)
      count = 0
      return whole.bytes()
    },
  }
}
