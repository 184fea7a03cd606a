import type { Redis } from 'ioredis'
import { errorReporter, type Log } from '../../logging.ts'
import { createGuard } from '../../protocol/guard.ts'
import { type BudgetStore, createMemoryStore, type Demand } from './budgetStore.ts'
import { adjustScript, beatScript, endScript, restoreScript, takeScript } from './redisBudgetScripts.ts'

/** Budgets that are counted for several programs together. */
export interface SharedBudgetStore extends BudgetStore {
  /** Why it is not counted together, as a sentence; null while it is. */
  problem(): string | null
  /** Gives back all that this program holds. */
  close(): Promise<void>
}

/** What a program holds is given back for it when it has been silent for so long. */
const leaseMs = 15_000
const answerMs = 1_000
const longestPauseMs = 1_000
/** One slot for all of it, should the Redis be a cluster: a script reads several keys at once. */
const prefix = '{fourstroke}:budget:'

/**
 * Budgets in Redis, shared by all programs that name the same one. What is held belongs to the program that took it: it is
 * given back when that one dies, and restored when Redis comes back empty. While Redis does not answer, each program counts
 * by itself in its share of every budget, the whole divided by the programs there were: nobody waits for a counter, and
 * all together let in no more than before.
 */
export async function openRedisBudgetStore(options: {
  readonly url: string
  /** Tells this program from the others. */
  readonly program: string
  readonly log: Log
  /** In milliseconds; the clock of Redis if left out. */
  readonly now?: () => number
  readonly leaseMs?: number
}): Promise<SharedBudgetStore> {
  const { url, program, log, now = () => -1, leaseMs: lease = leaseMs } = options
  const redis = await connect(url, log)
  const own = createLedger()
  const alone = createMemoryStore(options.now)
  /** What was taken while Redis did not answer: it is given back where it was taken. */
  const takenAlone = new WeakSet<Demand>()
  const inFlight = new Set<Promise<unknown>>()
  let restoring: Promise<void> = Promise.resolve()
  /** Whether what stands there as ours may not be what we hold: then nobody asks there until that is mended. */
  let isDoubtful = true
  /** Alive when Redis last answered, this one among them. */
  let programs = 1

  async function run<T>(script: string, ...values: (string | number)[]): Promise<T> {
    try {
      return (await redis.eval(script, 0, prefix, program, ...values)) as T
    } catch (error) {
      isDoubtful = true
      throw error
    }
  }

  /** What Redis is being told, together with its entry in the ledger. */
  async function tracked<T>(work: Promise<T>): Promise<T> {
    inFlight.add(work)
    return work.finally(() => inFlight.delete(work))
  }

  /** Says that this program is alive; where it was not taken for alive, what it holds is written down anew. */
  async function beat(): Promise<void> {
    const [isKnown, alive] = await run<[number, number]>(beatScript, lease)
    programs = alive
    if (isKnown === 1 && !isDoubtful) return
    restoring = (async () => {
      await Promise.allSettled(inFlight)
      isDoubtful = false
      await run(restoreScript, own.toJson())
    })()
    await restoring
  }

  /** This program's part of a budget, less what it holds of it. */
  function shareOf(demand: Demand): Demand {
    const { key, capacity, perSecond } = demand
    const share = Math.ceil(capacity / programs) - own.held(key)
    return { ...demand, capacity: Math.max(0, share), perSecond: perSecond / programs }
  }

  async function takeAlone(demands: readonly Demand[]): Promise<Demand | null> {
    const shares = demands.map(shareOf)
    const full = await alone.take(shares)
    if (full !== null) return demands[shares.indexOf(full)]!
    for (const demand of demands) takenAlone.add(demand)
    return null
  }

  async function takeShared(demands: readonly Demand[]): Promise<Demand | null> {
    const full = await run<number>(takeScript, now(), JSON.stringify(demands.map(toJson)))
    if (full > 0) return demands[full - 1]!
    own.add(demands, 1)
    return null
  }

  const guard = createGuard(errorReporter(log))
  const again = guard('Budgets could not be kept alive', () => {
    // Said once by the connection; the next beat may succeed.
    void beat().catch(() => {
      isDoubtful = true
    })
  })
  const timer = setInterval(again, lease / 3).unref()
  await beat().catch(() => undefined)
  redis.on('ready', again)

  return {
    problem: () => (isDoubtful ? 'Redis does not answer: budgets are counted by each program in its share.' : null),

    async take(demands) {
      await restoring.catch(() => undefined)
      if (isDoubtful) return takeAlone(demands)
      try {
        return await tracked(takeShared(demands))
      } catch {
        return takeAlone(demands)
      }
    },

    async giveBack(demands) {
      const isAlone = (demand: Demand) => takenAlone.has(demand)
      await alone.giveBack(demands.filter(isAlone))
      const shared = demands.filter(demand => !isAlone(demand))
      if (shared.length === 0) return
      await restoring.catch(() => undefined)
      own.add(shared, -1)
      // What Redis does not hear now, the next beat tells it.
      if (isDoubtful) return
      await tracked(run(adjustScript, now(), JSON.stringify(shared.map(toJson)))).catch(() => undefined)
    },

    async close() {
      clearInterval(timer)
      await run(endScript).catch(() => undefined)
      redis.disconnect()
    },
  }
}

/** Infinity is no JSON. */
const toJson = ({ capacity, ...demand }: Demand) => ({
  ...demand,
  capacity: Number.isFinite(capacity) ? capacity : -1,
})

/** What this program holds, by budget and by party; rates come back by themselves and are not held. */
function createLedger() {
  const held = new Map<string, number>()
  const names = (demand: Demand) => [
    JSON.stringify([demand.key]),
    ...(demand.party === undefined ? [] : [JSON.stringify([demand.key, demand.party])]),
  ]
  return {
    add(demands: readonly Demand[], sign: 1 | -1): void {
      for (const demand of demands) {
        if (demand.perSecond > 0) continue
        for (const name of names(demand)) {
          const amount = (held.get(name) ?? 0) + sign * demand.cost
          // Sums of fractions do not come back to nothing exactly.
          if (amount > 1e-9) held.set(name, amount)
          else held.delete(name)
        }
      }
    },
    held: (key: string) => held.get(JSON.stringify([key])) ?? 0,
    toJson: () =>
      JSON.stringify(
        [...held].map(([name, amount]) => {
          const [key, party] = JSON.parse(name) as [string, string?]
          return { key, cost: amount, ...(party !== undefined && { party }) }
        }),
      ),
  }
}

/** A command fails at once while there is no connection, and after a second where there is no answer. */
async function connect(url: string, log: Log): Promise<Redis> {
  const { Redis } = await import('ioredis')
  const redis = new Redis(url, {
    ...{ enableOfflineQueue: false, commandTimeout: answerMs, maxRetriesPerRequest: 0, lazyConnect: true },
    retryStrategy: attempt => Math.min(50 * attempt, longestPauseMs),
  })
  const guard = createGuard(errorReporter(log))
  let isAway = false
  redis.on(
    'error',
    guard('An error of Redis could not be logged', (err: Error) => {
      if (!isAway)
        log.warn({ err }, 'Redis cannot be reached: this program counts budgets by itself meanwhile, in its share')
      isAway = true
    }),
  )
  redis.on(
    'ready',
    guard('The connection to Redis could not be logged', () => {
      if (isAway) log.info('Redis is there again: budgets are counted together')
      isAway = false
    }),
  )
  // Whoever starts before Redis does need not wait for it.
  await redis.connect().catch(() => undefined)
  return redis
}
