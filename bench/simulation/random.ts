/** Numbers that look random and are the same for each seed. */
export interface Random {
  /** 0 ≤ x < 1. */
  uniform(): number
  /** As times between events that know nothing of each other. */
  exponential(mean: number): number
}

/** mulberry32 (Tommy Ettinger, public domain). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  function uniform(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { uniform, exponential: mean => -mean * Math.log(1 - uniform()) }
}

/** How likely each of `count` things is where the k-th is wanted k^−skew times as often as the first (Zipf); 0: all alike. */
export function popularity(count: number, skew: number): number[] {
  const weights = Array.from({ length: count }, (_, index) => (index + 1) ** -skew)
  const sum = weights.reduce((all, weight) => all + weight, 0)
  return weights.map(weight => weight / sum)
}

/** Draws an index by these shares, which add up to 1. */
export function createPicker(shares: readonly number[], random: Random): () => number {
  let sum = 0
  const upTo = shares.map(share => {
    sum += share
    return sum
  })
  return () => {
    const at = random.uniform() * sum
    let [low, high] = [0, upTo.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (upTo[middle]! > at) high = middle
      else low = middle + 1
    }
    return low
  }
}
