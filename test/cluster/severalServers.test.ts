/** Whole programs on one PostgreSQL and one Redis, as operators start them. */
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openCommandLine, type Serving } from '../support/commandLine.ts'
import { openDiscord } from '../support/discord/index.ts'
import { openLossyProxy } from '../support/lossyProxy.ts'
import { patient } from '../support/patience.ts'
import { type Postgres, postgresPrograms, startPostgres } from '../support/postgres.ts'
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts'
import { enterRoom, type RoomClient } from '../support/roomClient.ts'
import { add, buildFrame, buildRectangle, canonical } from '../support/scenes.ts'
import { newGuest, newRoom } from '../support/server.ts'
import { secret } from './support/nodes.ts'

describe.runIf(hasRedis && postgresPrograms)('two programs on one Redis', { timeout: patient(120_000) }, () => {
  const { serve, folder, remove } = openCommandLine()
  let redis: RedisServer
  let direct: Redis
  let postgres: Postgres
  let programs: Serving[] = []
  let databaseUrl: string

  const start = (settings: NodeJS.ProcessEnv = {}) =>
    serve({
      ...{ DATABASE_URL: databaseUrl, FOURSTROKE_DATA: `${folder}/data` },
      ...{ REDIS_URL: redis.url, CLUSTER_SECRET: secret, NODE_URL: 'http://127.0.0.1', ENGINE_LISTEN: '127.0.0.1:0' },
      ...settings,
    })
  async function open(count: number, settings: NodeJS.ProcessEnv = {}): Promise<Serving[]> {
    databaseUrl = postgres.newDatabase()
    // The first migrates the database.
    programs = [await start(settings)]
    programs.push(...(await Promise.all(Array.from({ length: count - 1 }, () => start(settings)))))
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
    // The next cluster has another database, which those that were killed would not let onto their Redis for a while.
    await direct.flushall()
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

  it('serve on while one of them is cut off from Redis for thirty seconds, and lose and double nothing', async () => {
    const cutMs = 30_000
    const [one] = (await open(1)) as [Serving]
    const line = await openLossyProxy(redis.url)
    const cutOff = await start({ REDIS_URL: line.url.replace('http:', 'redis:') })
    programs.push(cutOff)
    const readiness = async ({ url }: Serving) => (await fetch(`${url}/readyz`)).status
    const [ada, ben, cleo] = [await newGuest(one.url), await newGuest(cutOff.url), await newGuest(one.url)]
    const { edit } = await newRoom(cutOff.url, ben)
    const his = await enterRoom({ url: cutOff.url, secret: edit, cookie: ben })
    const hers = await enterRoom({ url: one.url, secret: edit, cookie: ada })
    his.operate(add(buildFrame({ id: 'frame', live: false, prompt: 'red' })))
    await expect.poll(() => his.isSettled).toBe(true)

    line.deafen(cutMs)
    const endsAt = performance.now() + cutMs
    // Whoever comes anew opens the room at the server that Redis still hears: the other one is fenced from then on.
    setTimeout(() => void enterRoom({ url: one.url, secret: edit, cookie: cleo }).then(page => pages.push(page)), 6_000)
    const pages = [his, hers]
    let drawn = 0
    let worst = 200
    while (performance.now() < endsAt) {
      for (const [index, page] of [his, hers].entries()) page.operate(add(buildRectangle({ id: `${index}-${drawn}` })))
      drawn++
      if (drawn % 4 === 0) worst = Math.max(worst, await readiness(cutOff))
      await new Promise(resolve => setTimeout(resolve, 500))
    }
    expect(worst).toBe(503)
    expect(await readiness(one)).toBe(200)

    const settled = () => pages.map(({ isSettled, sync }) => [isSettled, sync.scene.elements.size])
    const all = [true, 2 * drawn + 1]
    await expect.poll(settled, { timeout: patient(30_000) }).toEqual([all, all, all])
    expect(new Set(pages.map(({ sync }) => canonical(sync.scene))).size).toBe(1)
    await expect.poll(() => readiness(cutOff), { timeout: patient(20_000) }).toBe(200)
    await his.ask(answer => his.socket.emit('frame:paint', { frameId: 'frame' }, answer))
    await expect.poll(() => pages.map(({ kept }) => kept.length), { timeout: patient(30_000) }).toEqual([1, 1, 1])
    // What waited was said in words, and in no others.
    expect([...new Set(his.errors.map(({ code }) => code))].filter(code => code !== 'room/moving')).toEqual([])
    for (const page of pages) page.close()
    await line.close()
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
