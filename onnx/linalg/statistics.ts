import { Random } from '../optim/random.ts'

/** A figure, how sure it is (95 %), and how many pictures it is about. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
  readonly n: number
}

/** The 97.5 % point of the normal distribution. */
const z = 1.959964

/** A share with its Wilson interval (Wilson 1927), which stays within 0 … 1 and holds for shares near them. */
export function share(right: number, n: number): Estimate {
  if (n === 0) throw new RangeError('Expected at least one answer to take a share of, got none.')
  const p = right / n
  const middle = (p + z ** 2 / (2 * n)) / (1 + z ** 2 / n)
  const reach = (z * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2))) / (1 + z ** 2 / n)
  return { value: p, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach), n }
}

export const shareOf = (answers: readonly boolean[]): Estimate => share(answers.filter(Boolean).length, answers.length)

/** A mean, as sure as its standard error says. */
export function mean(values: readonly number[]): Estimate {
  const n = values.length
  const value = values.reduce((sum, each) => sum + each, 0) / n
  const variance = values.reduce((sum, each) => sum + (each - value) ** 2, 0) / Math.max(1, n - 1)
  const reach = z * Math.sqrt(variance / n)
  return { value, low: value - reach, high: value + reach, n }
}

/**
 * A figure of a whole sample, as sure as redrawing the sample says (bootstrap, Efron 1979). The interval lies around
 * the figure itself, with the spread of the redrawn ones: their own middle is biased where, as in a Fréchet distance,
 * doubled rows look like less variety.
 */
export function bootstrap(
  n: number,
  figureOf: (rows: readonly number[]) => number,
  { redraws = 100, seed = 1 }: { readonly redraws?: number; readonly seed?: number } = {},
): Estimate {
  const random = new Random(seed)
  const value = figureOf(Array.from({ length: n }, (_, row) => row))
  const redrawn = Array.from({ length: redraws }, () => figureOf(Array.from({ length: n }, () => random.below(n))))
  const middle = redrawn.reduce((sum, each) => sum + each, 0) / redraws
  const spread = Math.sqrt(redrawn.reduce((sum, each) => sum + (each - middle) ** 2, 0) / (redraws - 1))
  return { value, low: Math.max(0, value - z * spread), high: value + z * spread, n }
}
