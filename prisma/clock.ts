/** Programs on several machines compare what each has written into one database: its clock is the one that they share. */
export interface Clock {
  now(): Date
  /** Compares this machine's clock with the database's, which `now` follows from then on. */
  compare(): Promise<void>
  /** By how many milliseconds the database's clock is ahead of this machine's. */
  aheadMs(): number
}

/** Of a database on this machine. */
export const ownClock: Clock = { now: () => new Date(), compare: async () => undefined, aheadMs: () => 0 }

/** `readTime`: the time of the database. */
export function createClock(readTime: () => Promise<Date>): Clock {
  let aheadMs = 0
  return {
    now: () => new Date(Date.now() + aheadMs),
    async compare() {
      const askedAt = Date.now()
      const time = await readTime()
      const took = Date.now() - askedAt
      const measured = time.getTime() - (askedAt + took / 2)
      // It was read at some time in between: what is not certain to have changed stays, so that time does not jump about.
      if (Math.abs(measured - aheadMs) > took / 2 + toleratedMs) aheadMs = Math.round(measured)
    },
    aheadMs: () => aheadMs,
  }
}

const toleratedMs = 20

/** What is worth saying of this machine's clock, as a sentence; null: nothing. */
export function describeDifference(clock: Clock): string | null {
  const seconds = Math.round(clock.aheadMs() / 1000)
  if (Math.abs(seconds) < worthSayingSeconds) return null
  const way = seconds > 0 ? 'behind' : 'ahead of'
  return `The clock of this machine is ${Math.abs(seconds)} s ${way} that of the database: let both be set by NTP (chrony, systemd-timesyncd).`
}

const worthSayingSeconds = 5
