import type { Clock } from './clock.ts'
import { ApiError } from './errors.ts'

export interface Limit {
  readonly requests: number
  readonly windowMs: number
}
interface Bucket {
  readonly name: string
  limit: Limit
  used: number
  resetAt: number
  /** A longer punishment than the window: everything is refused until then. */
  blockedUntil: number
}

export interface RateLimits {
  /** Counts one request; returns the headers of its answer or throws a 429. */
  spend(route: string, major: string, limit: Limit): Record<string, string>
  /** Every request of this bucket is refused for so long; `route` as in `routes` of rest.ts. */
  block(route: string, major: string, ms: number): void
  /** Counts a request with a bot token against the 50 a second. */
  spendGlobal(): void
  /** How often a 429 was answered. */
  readonly refusals: readonly { readonly at: number; readonly route: string; readonly retryAfterMs: number }[]
}

/** Discord's rate limits: one bucket for each route and major parameter, and one for the whole bot (topics/rate-limits). */
export function openRateLimits(clock: Clock, global: Limit): RateLimits {
  const buckets = new Map<string, Bucket>()
  const refusals: { at: number; route: string; retryAfterMs: number }[] = []
  const whole: Bucket = { name: 'global', limit: global, used: 0, resetAt: 0, blockedUntil: 0 }

  const bucketOf = (route: string, major: string, limit: Limit): Bucket => {
    const key = `${route} ${major}`
    const known = buckets.get(key)
    if (known) return known
    const bucket: Bucket = { name: hash(route), limit, used: 0, resetAt: 0, blockedUntil: 0 }
    buckets.set(key, bucket)
    return bucket
  }

  const count = (bucket: Bucket, route: string, isGlobal: boolean) => {
    const now = clock.now()
    if (now >= bucket.resetAt) {
      bucket.used = 0
      bucket.resetAt = now + bucket.limit.windowMs
    }
    const freeAt = Math.max(bucket.blockedUntil, bucket.used >= bucket.limit.requests ? bucket.resetAt : 0)
    if (freeAt <= now) {
      bucket.used += 1
      return
    }
    const retryAfterMs = freeAt - now
    refusals.push({ at: now, route, retryAfterMs })
    const seconds = (retryAfterMs / 1000).toFixed(3)
    const headers: Record<string, string> = isGlobal
      ? { 'X-RateLimit-Global': 'true', 'X-RateLimit-Scope': 'global' }
      : { ...describe(bucket, freeAt), 'X-RateLimit-Remaining': '0', 'X-RateLimit-Scope': 'user' }
    throw new ApiError(429, 0, 'You are being rate limited.', {
      headers: { ...headers, 'Retry-After': seconds },
      extra: { retry_after: Number(seconds), global: isGlobal },
    })
  }

  const describe = (bucket: Bucket, resetAt: number): Record<string, string> => ({
    'X-RateLimit-Limit': String(bucket.limit.requests),
    'X-RateLimit-Remaining': String(bucket.limit.requests - bucket.used),
    'X-RateLimit-Reset': (resetAt / 1000).toFixed(3),
    'X-RateLimit-Reset-After': ((resetAt - clock.now()) / 1000).toFixed(3),
    'X-RateLimit-Bucket': bucket.name,
  })

  return {
    refusals,
    spend(route, major, limit) {
      const bucket = bucketOf(route, major, limit)
      count(bucket, route, false)
      return describe(bucket, bucket.resetAt)
    },
    block(route, major, ms) {
      bucketOf(route, major, { requests: 5, windowMs: 5_000 }).blockedUntil = clock.now() + ms
    },
    spendGlobal: () => count(whole, 'global', true),
  }
}

/** Bucket names are opaque; equal for equal routes. */
function hash(text: string): string {
  let value = 0x811c9dc5
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0
  return value.toString(16).padStart(8, '0').repeat(4)
}
