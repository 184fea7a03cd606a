/**
 * Which of several servers has which room in memory: a lease in Redis. A server says every second that it is alive; the
 * rooms of one that has been silent for three are anybody's. Redis alone decides nothing: whoever opens a room takes its
 * log over in the database, where an earlier one can write no more.
 */
import type { Redis } from 'ioredis'
import { errorReporter, type Log } from '../logging.ts'
import { UserError } from '../protocol/errors.ts'
import { createGuard } from '../protocol/guard.ts'
import { connectRedis } from './redis.ts'

export type RoomHolder = { readonly type: 'here' } | { readonly type: 'elsewhere'; readonly url: string }

export interface RoomLeases {
  /** Makes this server the holder, or says which one is. @throws UserError `room/moving` while nobody can say */
  acquire(room: string): Promise<RoomHolder>
  /** Never rejects. */
  release(room: string): Promise<void>
  /**
   * Nothing listens at the address of a server that is said to hold rooms. It has most likely ended: what it has is anybody's
   * as soon as it has missed one sign of life, instead of three.
   */
  suspect(url: string): void
  watch(listener: RoomLeaseListener): () => void
  /** Why leases cannot be renewed, as a sentence; null while they are. */
  problem(): string | null
  /** The rooms of this server are anybody's from now on. */
  close(): Promise<void>
}

export interface RoomLeaseListener {
  /** Another server holds it. */
  lost(room: string): void
  /** Again and again while Redis does not say which rooms are this server's. */
  doubtful(): void
}

export interface RoomLeasesOptions {
  readonly redisUrl: string
  /** Of this server: an id, and how the others reach it. */
  readonly node: { readonly id: string; readonly url: string }
  readonly log: Log
  /** A server that has been silent for so long has lost its rooms. */
  readonly leaseMs?: number
}

const defaultLeaseMs = 3_000
/** A sign of life comes three times in a lease, and may be late by a quarter of that time. */
const missedShare = 1 - (1 / 3) * 1.25
/** A room that nobody closes is written down again before its entry goes. */
const entryMs = 24 * 60 * 60 * 1000
const rewriteMs = entryMs / 4
/** How long whoever opens a room waits for Redis. */
const patienceMs = 5_000
const pauseMs = 200
/** One slot for all of it, should the Redis be a cluster. */
const prefix = '{fourstroke}:rooms:'

/**
 * ARGV: prefix, own id, own address, milliseconds of the lease, milliseconds of an entry, room, addresses where nothing listens
 * between spaces, how many milliseconds of a lease are left when a sign of life was missed. Returns the holder's address.
 */
const acquireScript = `
local prefix, own, url, lease, entry, room = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local holder = redis.call('GET', prefix .. 'room:' .. room)
if holder and holder ~= own then
  local name = prefix .. 'node:' .. holder
  local address = redis.call('GET', name)
  local isSuspected = address and string.find(ARGV[7], ' ' .. address .. ' ', 1, true)
  local hasMissed = redis.call('PTTL', name) < tonumber(ARGV[8])
  if address and not (isSuspected and hasMissed) then return address end
end
redis.call('SET', prefix .. 'room:' .. room, own, 'PX', entry)
redis.call('SET', prefix .. 'node:' .. own, url, 'PX', lease)
return ''
`

/** ARGV: prefix, own id, room. */
const releaseScript = `
local name = ARGV[1] .. 'room:' .. ARGV[3]
if redis.call('GET', name) == ARGV[2] then return redis.call('DEL', name) end
return 0
`

/** ARGV: prefix, own id, own address, milliseconds. Returns whether the lease had not ended. */
const renewScript = `
local name = ARGV[1] .. 'node:' .. ARGV[2]
local known = redis.call('EXISTS', name)
redis.call('SET', name, ARGV[3], 'PX', ARGV[4])
return known
`

export function openRoomLeases(options: RoomLeasesOptions): RoomLeases {
  const { redisUrl, node, log, leaseMs = defaultLeaseMs } = options
  const redis = connectRedis(redisUrl, { log, waits: false, answerMs: leaseMs / 3 })
  const guard = createGuard(errorReporter(log))
  const held = new Set<string>()
  const listeners = new Set<RoomLeaseListener>()
  let renewedAt = Number.NEGATIVE_INFINITY
  let rewrittenAt = performance.now()
  let isClosed = false

  const run = <T>(script: string, ...values: (string | number)[]): Promise<T> =>
    redis.eval(script, 0, prefix, node.id, ...values) as Promise<T>
  /** Addresses where nothing listens, and since when that is known. */
  const suspects = new Map<string, number>()
  function suspected(): string {
    for (const [url, at] of suspects) if (performance.now() - at > leaseMs) suspects.delete(url)
    return ` ${[...suspects.keys()].join(' ')} `
  }
  const acquireOnce = (room: string): Promise<string> =>
    run(acquireScript, node.url, leaseMs, entryMs, room, suspected(), Math.floor(leaseMs * missedShare))
  const isDoubtful = () => performance.now() - renewedAt > leaseMs

  /** Whoever has them now keeps them. */
  async function acquireAgain(): Promise<void> {
    for (const room of [...held]) {
      if ((await acquireOnce(room)) === '' || !held.delete(room)) continue
      for (const { lost } of listeners) lost(room)
    }
    rewrittenAt = performance.now()
  }

  async function renew(): Promise<void> {
    try {
      const isKnown = (await run<number>(renewScript, node.url, leaseMs)) === 1
      if (!isKnown || performance.now() - rewrittenAt > rewriteMs) await acquireAgain()
      renewedAt = performance.now()
    } catch {
      // Redis that is away has been logged.
      if (isDoubtful()) for (const { doubtful } of listeners) doubtful()
    }
  }

  const beat = guard('Rooms could not be kept', renew)
  const timer = setInterval(beat, leaseMs / 3)
  redis.on('ready', beat)

  return {
    async acquire(room) {
      const endsAt = performance.now() + patienceMs
      while (!isClosed) {
        const holder = await acquireOnce(room).catch(() => null)
        if (holder === '') {
          held.add(room)
          return { type: 'here' }
        }
        if (holder !== null) return { type: 'elsewhere', url: holder }
        if (performance.now() > endsAt) break
        await new Promise(resolve => setTimeout(resolve, pauseMs))
      }
      throw new UserError('room/moving')
    },
    async release(room) {
      held.delete(room)
      // Where Redis does not hear it, the entry goes with this program.
      await run(releaseScript, room).catch(() => undefined)
    },
    suspect: url => void suspects.set(url, performance.now()),
    watch(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    problem: () => (isDoubtful() ? 'Redis does not answer: rooms that nobody has open cannot be opened.' : null),
    async close() {
      isClosed = true
      clearInterval(timer)
      await end(redis, node.id)
    },
  }
}

/** Where the servers are that have said so. */
export async function readServers(redis: Redis): Promise<string[]> {
  const names: string[] = []
  for await (const some of redis.scanStream({ match: `${prefix}node:*`, count: 1000 }))
    names.push(...(some as string[]))
  const urls = names.length === 0 ? [] : await redis.mget(names)
  return urls.filter(url => url !== null)
}

async function end(redis: Redis, id: string): Promise<void> {
  await redis.del(`${prefix}node:${id}`).catch(() => undefined)
  redis.disconnect()
}
