/**
 * torch's random generator on the CPU, so that a seed paints here what it paints in Python: the Mersenne Twister
 * (Matsumoto and Nishimura 1998) and the two ways in which `torch.randn` turns its numbers into normal ones
 * (ATen/native/cpu/DistributionTemplates.h).
 */
export class TorchGenerator {
  private readonly state = new Uint32Array(624)
  private position = 624
  /** The sine half of a Box-Muller pair, kept for the next small draw. */
  private spare: number | undefined

  /** `seed`: 0 … 2³²−1. */
  constructor(seed: number) {
    const { state } = this
    state[0] = seed
    for (let i = 1; i < 624; i++) {
      const previous = state[i - 1]! ^ (state[i - 1]! >>> 30)
      state[i] = Math.imul(1812433253, previous) + i
    }
  }

  /** Standard normal numbers, float32, as `torch.randn(n, generator=…)`. */
  randn(n: number): Float32Array {
    const out = new Float32Array(n)
    if (n < 16) return out.map(() => this.normalFromDoubles())
    for (let i = 0; i < n; i++) out[i] = this.uniform24()
    for (let i = 0; i + 16 <= n; i += 16) normalise16(out, i)
    if (n % 16 !== 0) {
      // The last block overlaps the one before it and is drawn afresh.
      for (let i = n - 16; i < n; i++) out[i] = this.uniform24()
      normalise16(out, n - 16)
    }
    return out
  }

  private uniform24(): number {
    return (this.next32() & 0xffffff) / 2 ** 24
  }

  private uniform53(): number {
    const high = this.next32() & 0x1fffff
    return (high * 2 ** 32 + this.next32()) / 2 ** 53
  }

  private normalFromDoubles(): number {
    if (this.spare !== undefined) {
      const { spare } = this
      this.spare = undefined
      return spare
    }
    const theta = 2 * Math.PI * this.uniform53()
    const radius = Math.sqrt(-2 * Math.log1p(-this.uniform53()))
    this.spare = radius * Math.sin(theta)
    return radius * Math.cos(theta)
  }

  private next32(): number {
    if (this.position === 624) this.twist()
    let y = this.state[this.position++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }

  private twist(): void {
    const { state } = this
    for (let i = 0; i < 624; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % 624]! & 0x7fffffff)
      state[i] = state[(i + 397) % 624]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0)
    }
    this.position = 0
  }
}

/** Box-Muller over 16 uniform numbers: the first eight give the radii, the last eight the angles. */
function normalise16(values: Float32Array, at: number): void {
  for (let j = at; j < at + 8; j++) {
    const radius = Math.sqrt(-2 * Math.log(1 - values[j]!))
    const theta = 2 * Math.PI * values[j + 8]!
    values[j] = radius * Math.cos(theta)
    values[j + 8] = radius * Math.sin(theta)
  }
}

/**
 * The draws that one picture makes, in order, all of the size of its latents. They are a function of seed and size
 * alone, so a live frame with a locked seed reuses them, and a picture that is painted again repeats them.
 */
export class Noise {
  private readonly generator: TorchGenerator
  private readonly drawn: Float32Array[] = []
  private readonly size: number

  constructor(seed: number, size: number) {
    this.generator = new TorchGenerator(seed)
    this.size = size
  }

  /** The draw number `index`, counted from 0. Do not write into it. */
  at(index: number): Float32Array {
    while (this.drawn.length <= index) this.drawn.push(this.generator.randn(this.size))
    return this.drawn[index]!
  }
}

/**
 * A spherical interpolation (Shoemake 1985): between two draws of noise there is again noise of the same strength, where
 * the straight line between them would be weaker. `share` 0 is `from` itself, 1 is `to`.
 */
export function slerp(from: Float32Array, to: Float32Array, share: number): Float32Array {
  if (share === 0 || share === 1) return share === 0 ? from : to
  let dot = 0
  let fromSquares = 0
  let toSquares = 0
  for (let i = 0; i < from.length; i++) {
    dot += from[i]! * to[i]!
    fromSquares += from[i]! ** 2
    toSquares += to[i]! ** 2
  }
  const angle = Math.acos(Math.min(Math.max(dot / Math.sqrt(fromSquares * toSquares), -1), 1))
  // Draws that (nearly) coincide span no arc.
  const [a, b] =
    Math.sin(angle) < 1e-6
      ? [1 - share, share]
      : [Math.sin((1 - share) * angle) / Math.sin(angle), Math.sin(share * angle) / Math.sin(angle)]
  return from.map((value, i) => a * value + b * to[i]!)
}
