/** So many at once, and so many per second after that. */
export interface Bucket {
  /** Whether there is room for `count` more; takes it if so. */
  take(count?: number): boolean
}

export function createBucket(perSecond: number, atOnce: number, now: () => number = () => performance.now()): Bucket {
  let tokens = atOnce
  let at = now()
  return {
    take(count = 1) {
      const later = now()
      tokens = Math.min(atOnce, tokens + ((later - at) / 1000) * perSecond)
      at = later
      if (tokens < count) return false
      tokens -= count
      return true
    },
  }
}

/** One bucket per key; keys that nobody has used for a while are forgotten. */
export function createBuckets(perSecond: number, atOnce: number): { take(key: string): boolean } {
  const buckets = new Map<string, Bucket>()
  return {
    take(key) {
      const bucket = buckets.get(key) ?? createBucket(perSecond, atOnce)
      // Put last: the first ones are those that have waited longest, full again and worth nothing.
      buckets.delete(key)
      buckets.set(key, bucket)
      if (buckets.size > 10_000) buckets.delete(buckets.keys().next().value!)
      return bucket.take()
    },
  }
}
