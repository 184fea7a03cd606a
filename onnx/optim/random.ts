/**
 * The randomness of training: small, quick, and its whole state is four integers, so that a run resumes to the bit.
 * (Pictures are painted with torch's generator instead; here nobody has to agree with torch.)
 * xoshiro128** by Blackman and Vigna, seeded through splitmix32.
 */
export class Random {
  readonly #state: Uint32Array

  constructor(seed: number) {
    this.#state = new Uint32Array(4).map((_, index) => mix((seed + Math.imul(index + 1, 0x9e3779b9)) >>> 0))
  }

  static restore(state: readonly number[]): Random {
    const random = new Random(0)
    random.state = state
    return random
  }

  get state(): number[] {
    return [...this.#state]
  }

  set state(state: readonly number[]) {
    this.#state.set(state)
  }

  /** A whole number, 0 … 2³²−1. */
  word(): number {
    const s = this.#state
    const [a, b, c, d] = [s[0]!, s[1]!, s[2]!, s[3]!]
    const scrambled = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const second = b ^ (c ^ a)
    s[0] = a ^ (d ^ b)
    s[1] = second
    s[2] = c ^ a ^ (b << 9)
    s[3] = rotate(d ^ b, 11)
    return scrambled
  }

  /** 0 ≤ x < 1. */
  uniform(): number {
    return this.word() / 2 ** 32
  }

  /** A whole number, 0 ≤ x < `below`. */
  below(below: number): number {
    return Math.floor(this.uniform() * below)
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform()
  }

  /** Fills with independent draws of N(0, 1), by Box and Muller. */
  normals(into: Float32Array): Float32Array {
    for (let at = 0; at < into.length; at += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()))
      const angle = 2 * Math.PI * this.uniform()
      into[at] = radius * Math.cos(angle)
      if (at + 1 < into.length) into[at + 1] = radius * Math.sin(angle)
    }
    return into
  }
}

/** A seed for item `index` of a series, so that neighbours have nothing in common. */
export function seedOf(series: number, index: number): number {
  return mix((mix(series >>> 0) + Math.imul(index, 0x9e3779b9)) >>> 0)
}

function mix(word: number): number {
  let z = (word + 0x9e3779b9) >>> 0
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
  return (z ^ (z >>> 16)) >>> 0
}

function rotate(word: number, by: number): number {
  return ((word << by) | (word >>> (32 - by))) >>> 0
}
