/**
 * Keeps the values used last, up to `limit`: so many of them, or what they come to by `weightOf`. A Map remembers the
 * order of insertion, so the oldest key is its first.
 */
export class LruCache<Value> {
  private readonly values = new Map<string, Value>()
  private readonly limit: number
  private readonly weightOf: (value: Value) => number
  private weight = 0

  constructor(limit: number, weightOf: (value: Value) => number = () => 1) {
    this.limit = limit
    this.weightOf = weightOf
  }

  get(key: string): Value | undefined {
    const value = this.values.get(key)
    return value === undefined ? undefined : this.set(key, value)
  }

  /** What weighs more than the limit by itself is not kept. */
  set(key: string, value: Value): Value {
    this.delete(key)
    this.values.set(key, value)
    this.weight += this.weightOf(value)
    while (this.weight > this.limit) this.delete(this.values.keys().next().value!)
    return value
  }

  private delete(key: string): void {
    const known = this.values.get(key)
    if (known === undefined) return
    this.values.delete(key)
    this.weight -= this.weightOf(known)
  }
}
