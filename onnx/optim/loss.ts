import type { Tape, Value } from '../tape/tape.ts'

/** Mean of weight · (a − b)². `weight` (B, 1, 1, 1), or (B, 1, H, W). */
export function weightedSquares(t: Tape, a: Value, b: Value, weight: Value): Value {
  const difference = t.sub(a, b)
  return t.reduceMean(t.mul(weight, t.mul(difference, difference)))
}

/** Pseudo-Huber (arXiv 2310.14189): mean of √((a − b)² + c²) − c; about |a − b| far away, a parabola within c. */
export function pseudoHuber(t: Tape, a: Value, b: Value, c: number): Value {
  const difference = t.sub(a, b)
  return t.reduceMean(t.sub(t.sqrt(t.add(t.mul(difference, difference), c * c)), c))
}

/**
 * How far two predictions of a consistency function are apart: `l2` is the mean square, the other pseudo-Huber with this
 * c. It is d of algorithm 1 in arXiv 2310.04378.
 */
export type Distance = 'l2' | { readonly huber: number }

export function distance(t: Tape, a: Value, b: Value, of: Distance): Value {
  if (of !== 'l2') return pseudoHuber(t, a, b, of.huber)
  const difference = t.sub(a, b)
  return t.reduceMean(t.mul(difference, difference))
}

/** As `pseudoHuber`, of the steps between neighbouring pixels (B, C, H, W): keeps edges sharp. */
export function edgeLoss(t: Tape, a: Value, b: Value, c: number): Value {
  const [height, width] = [a.shape[2] as number, a.shape[3] as number]
  const difference = t.sub(a, b)
  const across = t.sub(t.slice(difference, [1], [width], [3]), t.slice(difference, [0], [width - 1], [3]))
  const down = t.sub(t.slice(difference, [1], [height], [2]), t.slice(difference, [0], [height - 1], [2]))
  const smooth = (x: Value) => t.reduceMean(t.sub(t.sqrt(t.add(t.mul(x, x), c * c)), c))
  return t.add(smooth(across), smooth(down))
}
