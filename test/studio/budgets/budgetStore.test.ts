import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type BudgetStore, createMemoryStore, type Demand } from '../../../studio/budgets/budgetStore.ts'
import { openRedisBudgetStore, type SharedBudgetStore } from '../../../studio/budgets/redisBudgetStore.ts'
import { collectLog } from '../../support/log.ts'
import { patient } from '../../support/patience.ts'
import { hasRedis, type RedisServer, startRedis } from '../../support/redis.ts'

const held = (key: string, cost: number, capacity: number, party?: string): Demand => ({
  ...{ key, cost, capacity, perSecond: 0, ...(party !== undefined && { party }) },
})

/** What every store of budgets does. `open` opens an empty one. */
function contract(open: (now?: () => number) => Promise<BudgetStore>, numRuns: number): void {
  it('hold what is held until it is given back', async () => {
    const store = await open()
    const two = [held('sockets:ada', 1, 2)]
    expect(await store.take(two)).toBeNull()
    expect(await store.take(two)).toBeNull()
    expect(await store.take(two)).toBe(two[0])
    await store.giveBack(two)
    expect(await store.take(two)).toBeNull()
  })

  it('let what is a rate come back by itself', async () => {
    let now = 0
    const store = await open(() => now)
    const one: Demand = { key: 'rooms:ada', cost: 1, capacity: 3, perSecond: 0.5 }
    for (let i = 0; i < 3; i++) expect(await store.take([one])).toBeNull()
    now = 1_900
    expect(await store.take([one])).toBe(one)
    now = 2_100
    expect(await store.take([one])).toBeNull()
  })

  it('take all of several or none', async () => {
    const store = await open()
    const mine = held('steps:ada', 1, 5)
    const all = held('steps:everybody', 1, 1)
    expect(await store.take([mine, all])).toBeNull()
    expect(await store.take([mine, all])).toBe(all)
    await store.giveBack([mine, all])
    // Had the failed one been counted, four more would not fit.
    for (let i = 0; i < 5; i++) expect(await store.take([mine])).toBeNull()
  })

  it('let in what is larger than everything, where nothing is held yet', async () => {
    const store = await open()
    const large = { ...held('steps:ada', 200, 16), firstIsFree: true }
    expect(await store.take([large])).toBeNull()
    expect(await store.take([large])).toBe(large)
  })

  it('make the greediest wait, not the newest, when a line is full', async () => {
    const store = await open()
    const line = (party: string) => held('steps:everybody', 1, 10, party)
    for (let i = 0; i < 10; i++) expect(await store.take([line('greedy')])).toBeNull()
    expect(await store.take([line('greedy')])).not.toBeNull()
    for (let i = 0; i < 5; i++) expect(await store.take([line('newcomer')])).toBeNull()
    expect(await store.take([line('newcomer')])).not.toBeNull()
    // A third has a third.
    for (let i = 0; i < 3; i++) expect(await store.take([line('third')])).toBeNull()
    expect(await store.take([line('third')])).not.toBeNull()
  })

  it('never hold more than twice what there is, whoever comes, and nothing once all is given back', async () => {
    const action = fc.record({ party: fc.integer({ min: 0, max: 7 }), give: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 300 }), async actions => {
        const store = await open()
        const mine = new Map<number, number>()
        const line = (party: number) => held('line', 1, 12, `p${party}`)
        for (const { party, give } of actions) {
          const count = mine.get(party) ?? 0
          if (give && count > 0) {
            await store.giveBack([line(party)])
            mine.set(party, count - 1)
          } else if (!give && (await store.take([line(party)])) === null) mine.set(party, count + 1)
          const total = [...mine.values()].reduce((sum, one) => sum + one, 0)
          expect(total).toBeLessThanOrEqual(24)
        }
        for (const [party, count] of mine) for (let i = 0; i < count; i++) await store.giveBack([line(party)])
        for (let i = 0; i < 12; i++) expect(await store.take([line(9)])).toBeNull()
        expect(await store.take([line(9)])).not.toBeNull()
      }),
      { numRuns },
    )
  })
}

describe('budgets in memory', () => {
  contract(async now => createMemoryStore(now), 60)
})

describe.runIf(hasRedis)('budgets in Redis', () => {
  let server: RedisServer
  let direct: Redis
  const stores: SharedBudgetStore[] = []
  const { log } = collectLog()
  let programs = 0
  async function openProgram(options: { now?: () => number; leaseMs?: number } = {}) {
    const program = `program${++programs}`
    const store = await openRedisBudgetStore({ url: server.url, program, log, ...options })
    stores.push(store)
    return { ...store, program }
  }
  /** Its sign of life has expired. */
  const expire = ({ program }: { program: string }) => direct.del(`{fourstroke}:budget:program:${program}`)

  beforeAll(async () => {
    server = await startRedis()
    direct = new Redis(server.url)
    direct.on('error', () => undefined)
  })
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close()
  })
  afterAll(async () => {
    direct?.disconnect()
    await server?.stop()
  })

  contract(async now => {
    await direct.flushall()
    return openProgram(now && { now })
  }, 10)

  it('are shared by programs, and what a dead one held is there again', async () => {
    await direct.flushall()
    const [one, other] = [await openProgram(), await openProgram()]
    const sockets = [held('sockets:ada', 1, 2)]
    expect(await one.take(sockets)).toBeNull()
    expect(await other.take(sockets)).toBeNull()
    expect(await other.take(sockets)).toBe(sockets[0])
    await expire(one)
    expect(await other.take(sockets)).toBeNull()
    expect(await other.take(sockets)).toBe(sockets[0])
    const rate: Demand = { key: 'uploads:ada', cost: 1, capacity: 1, perSecond: 0.001 }
    expect(await one.take([rate])).toBeNull()
    expect(await other.take([rate])).toBe(rate)
  })

  it('take exactly as much as there is when programs take at once', async () => {
    await direct.flushall()
    const all = await Promise.all([openProgram(), openProgram(), openProgram()])
    const demand = held('steps:everybody', 1, 100)
    const takes = Array.from({ length: 300 }, (_, index) => all[index % 3]!.take([demand]))
    expect((await Promise.all(takes)).filter(full => full === null)).toHaveLength(100)
  })

  it('are fair between parties of different programs', async () => {
    await direct.flushall()
    const [one, other] = [await openProgram(), await openProgram()]
    for (let i = 0; i < 10; i++) await one.take([held('line', 1, 10, 'greedy')])
    for (let i = 0; i < 5; i++) expect(await other.take([held('line', 1, 10, 'newcomer')])).toBeNull()
    expect(await one.take([held('line', 1, 10, 'newcomer')])).not.toBeNull()
  })

  it('are counted by each program in its share while Redis is away, and together again with all that is held once it is back, empty', async () => {
    await direct.flushall()
    const [one, other] = [await openProgram({ leaseMs: 300 }), await openProgram({ leaseMs: 300 })]
    const [mine, meanwhile] = [held('sockets:ada', 1, 2, 'ada'), held('rooms:ada', 1, 2)]
    const beatOfOne = async () => Number(await direct.zscore('{fourstroke}:budget:programs', one.program))
    const before = await beatOfOne()
    await one.take([mine])
    await one.take([mine])
    // From its next beat on it knows of the other.
    await expect.poll(beatOfOne).toBeGreaterThan(before)
    await server.halt()
    // Two programs share what there is: each lets in half of it, whoever comes.
    expect(await one.take([meanwhile])).toBeNull()
    expect(one.problem()).toMatch(/Redis does not answer/)
    expect(await one.take([meanwhile])).toBe(meanwhile)
    await one.giveBack([meanwhile])
    // What it holds already counts as its share.
    expect(await one.take([mine])).toBe(mine)
    await one.giveBack([mine])
    await server.goOn()
    const heldBy = async () =>
      Number(await direct.hget('{fourstroke}:budget:held:sockets:ada', one.program).catch(() => null))
    await expect.poll(heldBy, { timeout: patient(10_000) }).toBe(1)
    expect(await other.take([mine])).toBeNull()
    expect(await other.take([mine])).toBe(mine)
    expect(one.problem()).toBeNull()
  })
})
