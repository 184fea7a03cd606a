/** Two servers on one Redis: what comes over HTTP is counted once for both. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRedisBudgetStore, type SharedBudgetStore } from '../../studio/budgets/redisBudgetStore.ts'
import { friends } from '../../studio/studio.ts'
import { collectLog } from '../support/log.ts'
import { patient } from '../support/patience.ts'
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts'
import { buildServer, type TestServer } from '../support/server.ts'
import { temporaryFolder } from '../support/studio.ts'

const slowly = 0.001
const budgets = {
  ...friends,
  requests: { guest: { atOnce: 20, perSecond: slowly }, person: { atOnce: 20, perSecond: slowly } },
  unknownRequests: { address: { atOnce: 10, perSecond: slowly } },
}

describe.runIf(hasRedis)('two servers on one Redis', () => {
  const { log } = collectLog()
  let redis: RedisServer
  let place: ReturnType<typeof temporaryFolder>
  let stores: SharedBudgetStore[]
  let servers: TestServer[]

  beforeEach(async () => {
    redis = await startRedis()
    place = temporaryFolder()
    stores = []
    servers = []
    for (const program of ['one', 'other']) {
      const store = await openRedisBudgetStore({ url: redis.url, program, log, leaseMs: 300 })
      stores.push(store)
      const databaseUrl = `file:${join(place.folder, 'shared.db')}`
      servers.push(
        await buildServer({ budgets, budgetStore: store, databaseUrl, dataFolder: join(place.folder, program) }),
      )
    }
  })
  afterEach(async () => {
    for (const { close, faults } of servers) {
      expect(faults).toEqual([])
      await close()
    }
    for (const store of stores) await store.close()
    await redis.stop()
    place.remove()
  })

  const ask = ({ url }: TestServer, cookie?: string) => fetch(url, cookie ? { headers: { cookie } } : {})
  /** How many are answered until one is put off. */
  async function askUntilRefused(server: TestServer, cookie?: string): Promise<number> {
    for (let answered = 0; answered < 100; answered++) {
      const { status } = await ask(server, cookie)
      if (status === 429) return answered
      expect(status).toBe(200)
    }
    throw new Error('Expected a request to be put off')
  }

  it('together let in what one would, of an address and of a person, with the same words', async () => {
    const [one, other] = servers as [TestServer, TestServer]
    const cookie = await one.newGuest()
    for (let i = 0; i < 4; i++) expect((await ask(one)).status).toBe(200)
    expect(await askUntilRefused(other)).toBe(5)
    const refusals = await Promise.all([ask(one), ask(other)])
    const words = await Promise.all(refusals.map(refusal => refusal.json()))
    expect(words).toMatchObject([{ code: 'guest/fast' }, { code: 'guest/fast' }])
    expect(words[0]).toEqual(words[1])
    expect(refusals[0]!.headers.get('retry-after')).toBe(`${1 / slowly}`)

    // Whoever is known is counted by themselves, wherever they ask.
    for (let i = 0; i < 15; i++) await ask(i % 2 === 0 ? one : other, cookie)
    expect(await askUntilRefused(other, cookie)).toBe(5)
    expect(await askUntilRefused(one, cookie)).toBe(0)
  })

  it('let in half of it each while Redis is away, and do not wait for it', async () => {
    const [one, other] = servers as [TestServer, TestServer]
    // Each has heard of the other by then.
    await new Promise(resolve => setTimeout(resolve, 600))
    await redis.halt()
    expect(await askUntilRefused(one)).toBe(5)
    expect(await askUntilRefused(other)).toBe(5)
    const began = performance.now()
    await ask(one)
    expect(performance.now() - began).toBeLessThan(patient(900))
    await redis.goOn()
  })
})
