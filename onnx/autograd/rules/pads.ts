/** Pads of some axes, begins before ends, as pads of all axes of a value of that rank. */
export function padsOfAll(pads: readonly number[], axes: readonly number[], rank: number): number[] {
  const all = Array.from({ length: 2 * rank }, () => 0)
  for (const [at, axis] of axes.entries()) {
    all[axis] = pads[at]!
    all[axis + rank] = pads[at + axes.length]!
  }
  return all
}
