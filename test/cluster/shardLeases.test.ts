import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openShardLeases, type ShardLeases } from '../../cluster/index.ts'
import { collectLog } from '../support/log.ts'
import { patient } from '../support/patience.ts'
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts'

interface Program extends ShardLeases {
  has(): number[]
  count(): number
  close(): Promise<void>
}

describe.runIf(hasRedis)('shards of the bot', { timeout: patient(60_000) }, () => {
  const { log } = collectLog()
  let redis: RedisServer
  let direct: Redis
  let programs: Program[] = []
  /** By shard and number of shards: which programs have it open. Two at once would answer everything twice. */
  const opened = new Map<string, Set<string>>()
  const twice: string[] = []
  let names = 0
  /** As long as tests can wait for, and longer than a busy machine stands still. */
  const leaseMs = Math.ceil(patient(1_500))

  function open({
    wants = 4,
    closesAfter = Promise.resolve(),
  }: {
    wants?: number
    closesAfter?: Promise<void>
  } = {}): Program {
    const id = `program${++names}`
    const leases = openShardLeases({ redisUrl: redis.url, id, log, leaseMs, identifyMs: 200 })
    const has = new Set<number>()
    let count = 0
    const note = (shard: number) => {
      const holders = opened.get(`${shard} of ${count}`) ?? new Set()
      opened.set(`${shard} of ${count}`, holders)
      return holders
    }
    leases.join(wants, {
      gained(shard, of) {
        count = of
        has.add(shard)
        const holders = note(shard).add(id)
        if (holders.size > 1) twice.push(`${shard} of ${of} by ${[...holders].join(', ')}`)
      },
      async lost(shard) {
        await closesAfter
        has.delete(shard)
        note(shard).delete(id)
      },
    })
    const program = {
      ...leases,
      has: () => [...has].toSorted((a, b) => a - b),
      count: () => count,
      async close() {
        for (const shard of has) note(shard).delete(id)
        has.clear()
        await leases.leave()
      },
    }
    programs.push(program)
    return program
  }
  const sizes = () => programs.map(({ has }) => has().length).toSorted((a, b) => b - a)
  const all = () => programs.flatMap(({ has }) => has()).toSorted((a, b) => a - b)
  const within = { timeout: patient(20_000) }

  beforeAll(async () => {
    redis = await startRedis()
    direct = new Redis(redis.url)
    direct.on('error', () => undefined)
  })
  beforeEach(async () => {
    await direct.flushall()
    opened.clear()
    twice.length = 0
    programs = []
  })
  afterEach(async () => {
    for (const program of programs) await program.close()
    expect(twice).toEqual([])
  })
  afterAll(async () => {
    direct?.disconnect()
    await redis?.stop()
  })

  it('are all had by one program, and by several in fair shares, each by one', async () => {
    const first = open({ wants: 5 })
    await expect.poll(first.has, within).toEqual([0, 1, 2, 3, 4])
    open({ wants: 5 })
    await expect.poll(sizes, within).toEqual([3, 2])
    open({ wants: 5 })
    open({ wants: 5 })
    await expect.poll(sizes, within).toEqual([2, 1, 1, 1])
    expect(all()).toEqual([0, 1, 2, 3, 4])
    // One more than there are shards waits for one that goes.
    open({ wants: 5 })
    open({ wants: 5 })
    await expect.poll(sizes, within).toEqual([1, 1, 1, 1, 1, 0])
    expect(all()).toEqual([0, 1, 2, 3, 4])
  })

  it('of a program that leaves, or that says nothing any more, are taken over', async () => {
    // As after a kill: it says nothing more, and has given nothing away.
    const [seconds] = await direct.time()
    await direct.zadd('{fourstroke}:shards:programs', Number(seconds) * 1000 + leaseMs, 'killed')
    await direct.hset(
      '{fourstroke}:shards:holders',
      ...Array.from({ length: 4 }, (_, shard) => [shard, 'killed']).flat(),
    )
    await direct.set('{fourstroke}:shards:count', 4)
    const [one, other] = [open(), open()]
    await expect.poll(() => one.problem(), within).toBeNull()
    await expect.poll(sizes, within).toEqual([2, 2])
    await one.close()
    await expect.poll(other.has, within).toEqual([0, 1, 2, 3])
  })

  it('are given away only when they are closed', async () => {
    let close: () => void = () => undefined
    const first = open({ closesAfter: new Promise(resolve => (close = resolve)) })
    await expect.poll(first.has, within).toEqual([0, 1, 2, 3])
    const second = open()
    // The first one gives up two of them; until they are closed, nobody else has one.
    const holders = async () => Object.values(await direct.hgetall('{fourstroke}:shards:holders'))
    await expect.poll(() => second.problem(), within).toBeNull()
    expect(new Set(await holders()).size).toBe(1)
    expect(second.has()).toEqual([])
    close()
    await expect.poll(sizes, within).toEqual([2, 2])
    expect(all()).toEqual([0, 1, 2, 3])
  })

  it('stay where they are when Redis loses its data, and are closed while it is away for long', async () => {
    const [one, other] = [open(), open()]
    await expect.poll(sizes, within).toEqual([2, 2])
    const before = one.has()
    await direct.flushall()
    await expect.poll(() => direct.hlen('{fourstroke}:shards:holders'), within).toBe(4)
    expect(one.has()).toEqual(before)
    await redis.halt()
    await expect.poll(all, within).toEqual([])
    await expect.poll(() => one.problem(), within).toContain('Redis does not say')
    await redis.goOn()
    await expect.poll(all, within).toEqual([0, 1, 2, 3])
    await expect.poll(() => [one.problem(), other.problem()], within).toEqual([null, null])
  })

  it('begin anew when Discord wants another number of them', async () => {
    const [one, other] = [open({ wants: 2 }), open({ wants: 2 })]
    await expect.poll(sizes, within).toEqual([1, 1])
    one.resize(6)
    await expect.poll(all, within).toEqual([0, 1, 2, 3, 4, 5])
    await expect.poll(sizes, within).toEqual([3, 3])
    expect([one.count(), other.count()]).toEqual([6, 6])
    // Whoever comes later takes the number that holds.
    open({ wants: 2 })
    await expect.poll(sizes, within).toEqual([2, 2, 2])
    expect(all()).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('identify one after the other, those of one bucket, over all programs', async () => {
    const [one, other] = [open(), open()]
    await expect.poll(sizes, within).toEqual([2, 2])
    const { signal } = new AbortController()
    const at: number[] = []
    const identify = (program: typeof one, maxConcurrency: number) =>
      Promise.all(
        program.has().map(async shard => {
          expect(await program.mayIdentify(shard, maxConcurrency, signal)).toBe(true)
          at.push(performance.now())
        }),
      )
    await Promise.all([identify(one, 1), identify(other, 1)])
    const gaps = at.slice(1).map((time, i) => time - at[i]!)
    // By Redis's clock; answers may come a little earlier or later.
    for (const gap of gaps) expect(gap).toBeGreaterThan(100)
    expect(await one.mayIdentify(other.has()[0]!, 1, signal)).toBe(false)
  })
})
