/** Keeps the values used last, up to `limit`. A Map remembers the order of insertion, so the oldest key is its first. */
export class LruCache<Value> {
  private readonly values = new Map<string, Value>()
  private readonly limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  get(key: string): Value | undefined {
    const value = this.values.get(key)
    return value === undefined ? undefined : this.set(key, value)
  }

  set(key: string, value: Value): Value {
    this.values.delete(key)
    this.values.set(key, value)
    if (this.values.size > this.limit) this.values.delete(this.values.keys().next().value!)
    return value
  }
}
