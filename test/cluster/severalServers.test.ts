/** Whole programs on one PostgreSQL and one Redis, as operators start them. */
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openCommandLine, type Serving } from '../support/commandLine.ts'
import { openDiscord } from '../support/discord/index.ts'
import { patient } from '../support/patience.ts'
import { type Postgres, postgresPrograms, startPostgres } from '../support/postgres.ts'
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts'
import { enterRoom, type RoomClient } from '../support/roomClient.ts'
import { add, buildRectangle, canonical } from '../support/scenes.ts'
import { newGuest, newRoom } from '../support/server.ts'
import { secret } from './support/nodes.ts'

describe.runIf(hasRedis && postgresPrograms)('two programs on one Redis', { timeout: patient(120_000) }, () => {
  const { serve, folder, remove } = openCommandLine()
  let redis: RedisServer
  let direct: Redis
  let postgres: Postgres
  let programs: Serving[] = []
  let databaseUrl: string

  async function open(count: number, settings: NodeJS.ProcessEnv = {}): Promise<Serving[]> {
    databaseUrl = postgres.newDatabase()
    const start = (number: number) =>
      serve({
        ...{ DATABASE_URL: databaseUrl, FOURSTROKE_DATA: `${folder}/data${number}` },
        ...{ REDIS_URL: redis.url, CLUSTER_SECRET: secret, NODE_URL: 'http://127.0.0.1', ENGINE_LISTEN: '127.0.0.1:0' },
        ...settings,
      })
    // The first migrates the database.
    programs = [await start(0)]
    programs.push(...(await Promise.all(Array.from({ length: count - 1 }, (_, i) => start(i + 1)))))
    return programs
  }

  beforeAll(async () => {
    redis = await startRedis()
    direct = new Redis(redis.url)
    direct.on('error', () => undefined)
    postgres = await startPostgres(postgresPrograms!)
  })
  afterEach(async () => {
    for (const { child } of programs) child.kill('SIGKILL')
    await Promise.all(programs.map(({ ended }) => ended))
    programs = []
  })
  afterAll(async () => {
    direct?.disconnect()
    await redis?.stop()
    postgres?.stop()
    remove()
  })

  it('count what an address may take together, each in its share while Redis is away, and say so', async () => {
    const [one, other] = (await open(2, { PUBLIC: '1' })) as [Serving, Serving]
    const statusOf = async ({ url }: Serving) => (await fetch(`${url}/guest`, { method: 'POST' })).status
    /** What strangers of one address get until they are told to wait. */
    async function takeAll(serving: Serving): Promise<number> {
      for (let taken = 0; ; taken++) if ((await statusOf(serving)) === 429) return taken
    }
    const first = await takeAll(one)
    expect(first).toBeGreaterThan(8)
    // What has come back meanwhile is little.
    expect(await takeAll(other)).toBeLessThan(first / 4)

    const readiness = async () => (await (await fetch(`${other.url}/readyz`)).json()) as { checks: { redis: string } }
    expect((await readiness()).checks.redis).toBe('ok')
    await redis.halt()
    await expect.poll(async () => (await readiness()).checks.redis).toMatch(/Redis does not answer/)
    // Half of it is its share.
    const share = await takeAll(other)
    expect(share).toBeGreaterThan(first / 4)
    expect(share).toBeLessThan(first * 0.75)
    await redis.goOn()
    await expect.poll(async () => (await readiness()).checks.redis, { timeout: patient(20_000) }).toBe('ok')
  })

  it('serve the same room, and one opens it when the other is killed, with all that was acknowledged', async () => {
    const [one, other] = (await open(2)) as [Serving, Serving]
    const [ada, ben] = [await newGuest(one.url), await newGuest(other.url)]
    const { edit } = await newRoom(one.url, ada)
    const first = await enterRoom({ url: one.url, secret: edit, cookie: ada })
    const second = await enterRoom({ url: other.url, secret: edit, cookie: ben })
    const draw = (client: RoomClient, id: string) => client.operate(add(buildRectangle({ id })))
    const drawnBy = (client: RoomClient) =>
      [...client.sync.scene.elements.keys()].filter(id => id.startsWith(client === first ? 'a' : 'b'))
    for (let i = 0; i < 20; i++) {
      draw(first, `a${i}`)
      draw(second, `b${i}`)
    }
    await expect.poll(() => [first.isSettled, second.isSettled]).toEqual([true, true])
    const acknowledged = drawnBy(first)
    expect(acknowledged).toHaveLength(20)

    // In the middle of what it draws.
    draw(second, 'b20')
    one.child.kill('SIGKILL')
    draw(second, 'b21')
    await expect.poll(() => second.isSettled && second.sync.pending, { timeout: patient(30_000) }).toBe(0)
    first.close()
    const again = await enterRoom({ url: other.url, secret: edit, cookie: ada, client: first.client })
    await expect.poll(() => again.sync.clock).toBe(second.sync.clock)
    expect([...again.sync.scene.elements.keys()]).toEqual(expect.arrayContaining(acknowledged))
    expect(drawnBy(second)).toHaveLength(22)
    expect(canonical(again.sync.scene)).toBe(canonical(second.sync.scene))
    expect(again.sync.scene.elements.size).toBe(42)
    for (const client of [second, again]) client.close()
  })

  it('are one bot together, and one goes on alone when the other is killed', async () => {
    const discord = await openDiscord()
    // The second one must not come before the first one is connected.
    const settings = { DISCORD_TOKEN: discord.token, DISCORD_API: discord.api }
    const [one, other] = (await open(2, settings)) as [Serving, Serving]
    for (const { printed } of [one, other]) expect(printed()).toContain('together with other programs')
    // Of one connection each, which one has it depends on the moment; whoever has none is ready as well.
    await discord.until(() => discord.gateway.isConnected(), 'the connection', patient(60_000))
    const isReady = async ({ url }: Serving) =>
      ((await (await fetch(`${url}/readyz`)).json()) as { checks: { bot: string } }).checks.bot
    for (const serving of [one, other]) {
      await expect.poll(() => isReady(serving), { timeout: patient(60_000) }).toBe('ok')
    }
    const ada = discord.user('ada')
    await discord.offers(await ada.slash('imagine', { prompt: 'red', seed: 1 }), 'Reroll')

    one.child.kill('SIGKILL')
    await one.ended
    const connected = () => discord.gateway.isConnected()
    await expect.poll(connected, { timeout: patient(60_000) }).toBe(true)
    await discord.offers(await ada.slash('imagine', { prompt: 'blue', seed: 2 }), 'Reroll')
    // Each compares its commands when it starts, and they are there already.
    expect(discord.requests.filter(({ route }) => route === 'commands.put')).toHaveLength(1)
    await discord.close()
  })
})
