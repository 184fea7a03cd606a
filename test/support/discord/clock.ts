/** The time at Discord: real time, which a test may stop, or move forward, so that fifteen minutes take none, or back. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  advance(ms: number): void
  /** From now on time passes by `advance` alone, however long the machine takes. */
  stop(): void
}

export function openClock(): Clock {
  let ahead = 0
  let stoppedAt: number | null = null
  return {
    now: () => (stoppedAt ?? Date.now()) + ahead,
    advance: ms => {
      ahead += ms
    },
    stop: () => {
      stoppedAt ??= Date.now()
    },
  }
}

/** Discord's epoch: the first second of 2015. */
const epochMs = 1_420_070_400_000n

/**
 * Ids as Discord makes them: milliseconds since 2015 above 22 bits of worker and counter. They have 19 digits in our
 * years, and discord.js relies on 17 to 19 where it sorts requests into rate-limit buckets.
 */
export function snowflakes(clock: Clock): () => string {
  let count = 0n
  return () => {
    const id = ((BigInt(Math.trunc(clock.now())) - epochMs) << 22n) | (1n << 17n) | (count & 0xfffn)
    count += 1n
    return id.toString()
  }
}
