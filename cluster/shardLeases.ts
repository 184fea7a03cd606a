/**
 * Which of several programs has which shard of the bot: leases in Redis. Each program says again and again that it is alive;
 * what one that is silent has is anybody's, and a program that more have joined gives up what is above its fair share. One
 * that cannot say that it is alive closes its shards before another may open them. There is nobody who shares out: each
 * program takes, by one script, what is free.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { errorReporter, type Log } from '../logging.ts'
import { createGuard } from '../protocol/guard.ts'
import { connectRedis } from './redis.ts'
import { identifyScript, leaveScript, releaseScript, renewScript } from './shardScripts.ts'

export interface ShardLeases {
  /** Takes part from now on. `count`: of shards that Discord recommends; that of those who are there already holds. */
  join(count: number, listener: ShardLeaseListener): void
  /** Discord wants another number of shards: all programs close what they have, and begin anew with it. */
  resize(count: number): void
  /**
   * Resolves when a shard of this program may identify; `maxConcurrency`: how many may at once, every five seconds. False: it is
   * not this program's any more, or was aborted.
   */
  mayIdentify(shard: number, maxConcurrency: number, signal: AbortSignal): Promise<boolean>
  /** Why it is not known which shards are this program's, as a sentence; null while it is. */
  problem(): string | null
  /** Gives away what it has; once all is closed. Never rejects. */
  leave(): Promise<void>
}

export interface ShardLeaseListener {
  /** This program opens it, as one of so many. */
  gained(shard: number, count: number): void
  /** Resolves when it is closed, so that another program may open it. */
  lost(shard: number): Promise<void>
}

export interface ShardLeasesOptions {
  readonly redisUrl: string
  /** Of this program. */
  readonly id: string
  readonly log: Log
  /** What a program that has been silent for so long has is anybody's. */
  readonly leaseMs?: number
  /** Between two identifies of one bucket. */
  readonly identifyMs?: number
}

/** What a renewal says. */
interface Share {
  /** Of all shards. */
  readonly count: number
  readonly shards: readonly number[]
  /** How many of these are above the fair share. */
  readonly excess: number
}

const defaultLeaseMs = 9_000
/** Five seconds, by Discord's clock. */
const defaultIdentifyMs = 5_250
/** Shards are closed when so much of the lease has passed without an answer: closing takes a moment. */
const patience = 2 / 3
const prefix = '{fourstroke}:shards:'

export function openShardLeases(options: ShardLeasesOptions): ShardLeases {
  const { redisUrl, id, log, leaseMs = defaultLeaseMs, identifyMs = defaultIdentifyMs } = options
  const redis = connectRedis(redisUrl, { log, waits: false, answerMs: leaseMs / 6 })
  const guard = createGuard(errorReporter(log))
  /** What this program has opened, and of how many. */
  const held = new Set<number>()
  let heldOf = 0
  /** Of those that are given up: what is still open, and all until they are given away. */
  const closing = new Set<number>()
  const leaving = new Map<number, Promise<void>>()
  let wanted = 0
  let isResize = false
  let listener: ShardLeaseListener | null = null
  let renewedAt = Number.NEGATIVE_INFINITY
  let renewing: Promise<void> | null = null
  let timer: NodeJS.Timeout | undefined

  const run = (script: string, ...values: (string | number)[]) => redis.eval(script, 0, prefix, id, ...values)

  /** Closes it; whoever has it then, gives it away. */
  function close(shard: number, how: { readonly isOurs: boolean }): void {
    held.delete(shard)
    closing.add(shard)
    const closed = (async () => {
      await listener?.lost(shard)
      closing.delete(shard)
      if (how.isOurs) await run(releaseScript, shard)
    })()
    const forget = () => {
      closing.delete(shard)
      leaving.delete(shard)
    }
    leaving.set(
      shard,
      closed.catch(err => log.warn({ err, shard }, 'A connection of the bot could not be given away')).finally(forget),
    )
  }

  function follow({ count, shards, excess }: Share): void {
    for (const shard of held) if (count !== heldOf || !shards.includes(shard)) close(shard, { isOurs: false })
    heldOf = count
    for (const shard of shards) {
      if (held.has(shard) || leaving.has(shard)) continue
      held.add(shard)
      listener?.gained(shard, count)
    }
    const given = [...held].toSorted((a, b) => b - a).slice(0, Math.max(0, excess - leaving.size))
    for (const shard of given) close(shard, { isOurs: true })
  }

  async function renewOnce(): Promise<void> {
    const askedAt = performance.now()
    try {
      const known = [...held, ...closing].join(',')
      const answer = await run(renewScript, leaseMs, wanted, isResize ? 1 : 0, heldOf, known)
      isResize = false
      renewedAt = askedAt
      if (listener) follow(JSON.parse(String(answer)) as Share) // as the script has written it
    } catch (error) {
      // Redis that is away has been logged.
      if (performance.now() - renewedAt < leaseMs * patience) return
      if (held.size > 0)
        log.warn({ err: error }, 'Redis does not say which connections of the bot are ours: they are closed')
      for (const shard of held) close(shard, { isOurs: false })
    }
  }
  const renew = () => {
    renewing ??= renewOnce().finally(() => {
      renewing = null
    })
    return renewing
  }
  const beat = guard('Connections of the bot could not be shared out', renew)
  const isKnown = () => performance.now() - renewedAt < leaseMs

  return {
    join(count, told) {
      wanted = count
      listener = told
      timer = setInterval(beat, leaseMs / 6)
      redis.on('ready', beat)
      beat()
    },
    resize(count) {
      wanted = count
      isResize = true
      beat()
    },
    async mayIdentify(shard, maxConcurrency, signal) {
      while (held.has(shard) && !signal.aborted) {
        const waitMs = await run(identifyScript, shard % maxConcurrency, identifyMs).catch(() => leaseMs / 6)
        if (waitMs === 0) return held.has(shard) && !signal.aborted
        await sleep(Number(waitMs), undefined, { signal }).catch(() => undefined)
      }
      return false
    },
    problem: () => (isKnown() ? null : 'Redis does not say which connections of the bot are this program’s.'),
    async leave() {
      clearInterval(timer)
      redis.off('ready', beat)
      await renewing
      listener = null
      await Promise.all(leaving.values())
      await run(leaveScript).catch(() => undefined)
      redis.disconnect()
    },
  }
}
