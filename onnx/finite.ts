/** A picture whose numbers are not finite; the painting that asked for it must end. */
export class NonFiniteError extends Error {
  constructor(what: string) {
    super(`Expected finite numbers in ${what}, found NaN or infinity.`)
    this.name = 'NonFiniteError'
  }
}

/** NaN and infinity times zero are NaN, and NaN survives every sum. */
export function isFinite32(values: Float32Array): boolean {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0
  return sum === 0
}
