/**
 * A seeded generator for the world: the same numbers on every machine and in every version of Node.
 * The mixing function is splitmix32 (a Weyl sequence through two multiply-xorshift rounds).
 */
export interface SeededRandom {
  /** Uniform in [0, 1), 32 bits. */
  next(): number
  between(low: number, high: number): number
  /** A whole number from 0 to `sides` − 1. */
  roll(sides: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  shuffle<T>(list: readonly T[]): T[]
}

/** `purpose` keeps streams of one seed apart, so that drawing a new cloud never changes a caption. */
export function createRandom(seed: number, purpose: string): SeededRandom {
  let state = scramble(seed >>> 0)
  for (let i = 0; i < purpose.length; i++) state = scramble((state ^ purpose.charCodeAt(i)) + 0x9e3779b9)

  const next = () => {
    state = (state + 0x9e3779b9) >>> 0
    return scramble(state) / 2 ** 32
  }
  const roll = (sides: number) => Math.floor(next() * sides)
  return {
    next,
    roll,
    between: (low, high) => low + (high - low) * next(),
    chance: probability => next() < probability,
    pick: list => {
      if (list.length === 0) throw new RangeError('Expected a list with at least one entry to pick from, got none')
      return list[roll(list.length)]!
    },
    shuffle: list => {
      const shuffled = [...list]
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = roll(i + 1)
        ;[shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!]
      }
      return shuffled
    },
  }
}

function scramble(value: number): number {
  let z = value | 0
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
  return (z ^ (z >>> 15)) >>> 0
}
