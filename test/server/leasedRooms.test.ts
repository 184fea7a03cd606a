/** Rooms of several servers on one database: each is in one server's memory, and every server serves all of them. */
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { protocolVersion } from '../../protocol/events.ts'
import { firstScenePath } from '../../protocol/http.ts'
import { openFrameViewer } from '../support/frameViewer.ts'
import { openLossyProxy } from '../support/lossyProxy.ts'
import { patient } from '../support/patience.ts'
import { type Postgres, postgresPrograms, startPostgres } from '../support/postgres.ts'
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts'
import { enterRoom, type RoomClient } from '../support/roomClient.ts'
import { add, buildFrame, buildRectangle, canonical } from '../support/scenes.ts'
import { type LeasedServer, startLeasedServer } from '../support/servers.ts'
import { temporaryFolder } from '../support/studio.ts'

const openViewer = async (server: LeasedServer, path: string) =>
  openFrameViewer({ url: server.url, cookie: await server.newGuest() }, path)

describe.runIf(hasRedis && postgresPrograms)('rooms of two servers', { timeout: patient(60_000) }, () => {
  const place = temporaryFolder()
  let redis: RedisServer
  let postgres: Postgres
  let servers: LeasedServer[] = []
  let clients: RoomClient[] = []
  let names = 0

  async function open(count = 2, leaseMs?: number): Promise<LeasedServer[]> {
    const databaseUrl = postgres.newDatabase()
    for (let i = 0; i < count; i++) {
      const name = `server${++names}`
      const given = { redisUrl: redis.url, databaseUrl, folder: place.folder, name }
      servers.push(await startLeasedServer({ ...given, ...(leaseMs !== undefined && { leaseMs }) }))
    }
    return servers
  }
  async function enter({ url }: LeasedServer, secret: string, cookie: string): Promise<RoomClient> {
    const client = await enterRoom({ url, secret, cookie })
    clients.push(client)
    expect(client.errors).toEqual([])
    return client
  }
  const draw = (client: RoomClient, id: string) => client.operate(add(buildRectangle({ id })))
  /** All pages have settled on the same scene, which has so many elements. */
  const expectOneScene = (count: number) =>
    expect
      .poll(
        () => ({
          areSettled: clients.every(({ isSettled }) => isSettled),
          sizes: [...new Set(clients.map(({ sync }) => sync.scene.elements.size))],
          scenes: new Set(clients.map(({ sync }) => canonical(sync.scene))).size,
        }),
        { timeout: patient(20_000) },
      )
      .toEqual({ areSettled: true, sizes: [count], scenes: 1 })

  beforeAll(async () => {
    redis = await startRedis()
    postgres = await startPostgres(postgresPrograms!)
  })
  afterEach(async () => {
    for (const client of clients) client.close()
    clients = []
    await Promise.all(servers.map(server => server.close()))
    servers = []
  })
  afterAll(async () => {
    await redis?.stop()
    postgres?.stop()
    place.remove()
  })

  it('are the same room, whichever server a page comes to: strokes, people, names, frames', async () => {
    const [one, other] = (await open()) as [LeasedServer, LeasedServer]
    const [ada, ben] = [await one.newGuest(), await other.newGuest()]
    const { edit, view } = await one.newRoom(ada)
    const first = await enter(one, edit, ada)
    const second = await enter(other, edit, ben)
    // What a page is shown while it loads comes with its entrance, where another server has the room.
    const scene = await fetch(`${other.url}${firstScenePath(edit)}`, { headers: { cookie: ben } })
    expect(scene.status).toBe(204)
    for (let i = 0; i < 10; i++) draw(i % 2 ? first : second, `r${i}`)
    await expectOneScene(10)
    await expect.poll(() => [first.people.length, second.people.length]).toEqual([2, 2])

    // A frame is painted by the server that has the room, and its pictures reach the pages of the other.
    second.operate(add(buildFrame({ id: 'frame', live: false })))
    await expect.poll(() => second.isSettled).toBe(true)
    const asked = await second.ask<{ job: string }>(reply =>
      second.socket.emit('frame:paint', { frameId: 'frame' }, reply),
    )
    expect(asked).toMatchObject({ ok: true })
    await expect.poll(() => [first.kept.length, second.kept.length]).toEqual([1, 1])
    expect(second.shown.length).toBeGreaterThan(0)

    // Rights are those of the link, wherever it is opened.
    const cleo = await other.newGuest()
    const looking = await enter(other, view, cleo)
    looking.operate(add(buildRectangle({ id: 'theirs' })))
    await expect.poll(() => looking.errors.map(({ code }) => code)).toContain('room/viewer')
    expect([...one.faults(), ...other.faults()]).toEqual([])
  })

  it('say in a welcome what is true until the next event, here and passed on', async () => {
    const [one, other] = (await open()) as [LeasedServer, LeasedServer]
    const ada = await one.newGuest()
    const { edit } = await one.newRoom(ada)
    const drawing = await enter(one, edit, ada)
    const pages = await Promise.all(
      [one, other, other].map(async server => enter(server, edit, await server.newGuest())),
    )
    const gaps: string[] = []
    for (const [index, { socket, client }] of pages.entries()) {
      let clock = 0
      socket.on('scene:operated', ({ operations }) => {
        for (const operation of operations) {
          if (clock !== 0 && operation.clock !== clock + 1)
            gaps.push(`page ${index}: ${operation.clock} after ${clock}`)
          if (clock !== 0) clock = operation.clock
        }
      })
      // As many as one page may ask for at once.
      for (let again = 0; again < 9; again++) {
        setTimeout(() => {
          const request = { protocol: protocolVersion, secret: edit, client, clock: 0 }
          socket.emit('room:enter', request, reply => {
            if (!reply.ok) gaps.push(reply.error.code)
            else if (reply.value.clock < clock)
              gaps.push(`page ${index}: welcome of ${reply.value.clock} after ${clock}`)
            else clock = reply.value.clock
          })
        }, again * 60)
      }
    }
    for (let i = 0; i < 300; i++) {
      draw(drawing, `r${i}`)
      await new Promise(resolve => setTimeout(resolve, 2))
    }
    await expectOneScene(300)
    expect(gaps).toEqual([])
  })

  it('show one of their frames alone at the server that does not have them, and on when they move', async () => {
    const [one, other] = (await open()) as [LeasedServer, LeasedServer]
    const ada = await one.newGuest()
    const { edit } = await one.newRoom(ada)
    const first = await enter(one, edit, ada)
    first.operate(add(buildFrame({ id: 'f', prompt: 'red' })))
    await expect.poll(() => first.shown.length).toBeGreaterThan(0)
    const link = await first.ask<string>(answer => first.socket.emit('frame:link', { frameId: 'f' }, answer))
    const path = link.ok ? link.value : ''
    expect((await fetch(`${other.url}${path}`)).status).toBe(200)
    const viewer = await openViewer(other, path)
    expect(await viewer.watch()).toMatchObject({ ok: true, value: { width: expect.any(Number) } })
    await expect.poll(() => viewer.shown.length).toBeGreaterThan(0)
    const before = viewer.shown.length
    first.operate({ type: 'change', id: 'f', change: { prompt: 'green' } })
    await expect.poll(() => viewer.shown.length).toBeGreaterThan(before)
    expect(new Set(viewer.heard)).toEqual(new Set(['frame:shown']))
    // It is in no room: nobody sees it there.
    expect(first.people).toHaveLength(1)
    const wrong = await openViewer(other, path)
    expect(await wrong.watch('nonsense')).toMatchObject({ ok: false, error: { code: 'frame/link' } })

    // The server that had the room ends: the page comes back, and the other one shows it the frame itself.
    first.close()
    clients = []
    await one.close()
    servers.shift()
    await expect.poll(() => viewer.socket.connected).toBe(false)
    viewer.socket.connect()
    expect(await viewer.watch()).toMatchObject({ ok: true })
    for (const { socket } of [viewer, wrong]) socket.disconnect()
    expect(other.faults()).toEqual([])
  })

  it('move to a server that is asked for them when theirs closes, and nothing that was acknowledged is lost', async () => {
    const [one, other] = (await open()) as [LeasedServer, LeasedServer]
    const [ada, ben] = [await one.newGuest(), await one.newGuest()]
    const { edit } = await one.newRoom(ada)
    // The first page makes the other server the room's.
    await enter(other, edit, ada)
    const staying = await enter(one, edit, ben)
    for (let i = 0; i < 5; i++) draw(staying, `before${i}`)
    await expectOneScene(5)
    clients.shift()!.close()
    draw(staying, 'between')
    await other.close()
    servers.pop()
    draw(staying, 'after')
    await expectOneScene(7)
    expect(one.faults()).toEqual([])
  })

  it('are written by one server even while two believe that they have them, and pages end up with the same', async () => {
    const [one, other] = (await open(2, Math.ceil(patient(1_000)))) as [LeasedServer, LeasedServer]
    const [ada, ben] = [await one.newGuest(), await other.newGuest()]
    const { edit } = await one.newRoom(ada)
    const first = await enter(one, edit, ada)
    draw(first, 'before')
    await expectOneScene(1)
    // Cut off from Redis, the first server goes on with its room, and another may have it.
    await one.forgetLeases()
    const second = await enter(other, edit, ben)
    draw(second, 'theirs')
    draw(first, 'mine')
    first.close()
    clients = [second]
    await expect.poll(() => second.isSettled).toBe(true)
    const again = await enter(other, edit, ada)
    await expect.poll(() => again.isSettled && again.sync.clock === second.sync.clock).toBe(true)
    expect(canonical(again.sync.scene)).toBe(canonical(second.sync.scene))
    expect([...again.sync.scene.elements.keys()]).toEqual(expect.arrayContaining(['before', 'theirs']))
    expect(other.faults()).toEqual([])
  })

  it('keep what is drawn while the database is restarted, in the pages, and say that they cannot store it', async () => {
    const [one, other] = (await open()) as [LeasedServer, LeasedServer]
    const [ada, ben] = [await one.newGuest(), await other.newGuest()]
    const { edit } = await one.newRoom(ada)
    const [first, second] = [await enter(one, edit, ada), await enter(other, edit, ben)]
    draw(first, 'before')
    await expectOneScene(1)
    postgres.halt()
    draw(first, 'mine')
    draw(second, 'theirs')
    const readiness = async ({ url }: LeasedServer) =>
      ((await (await fetch(`${url}/readyz`)).json()) as { checks: { database: string } }).checks.database
    await expect.poll(() => readiness(one), { timeout: patient(20_000) }).not.toBe('ok')
    expect(await readiness(one)).toMatch(/\w+ \w+/)
    expect([first.isSettled, second.isSettled]).toEqual([false, false])
    postgres.goOn()
    await expectOneScene(3)
    draw(second, 'after')
    await expectOneScene(4)
    expect(await readiness(one)).toBe('ok')
  })

  it('of a server that is cut off from Redis alone go to another, and its pages see what is drawn there', async () => {
    const leaseMs = Math.ceil(patient(1_000))
    const line = await openLossyProxy(redis.url)
    const databaseUrl = postgres.newDatabase()
    const start = (redisUrl: string) => {
      const name = `server${++names}`
      return startLeasedServer({ redisUrl, databaseUrl, folder: place.folder, name, leaseMs })
    }
    const lease = `{fourstroke}:rooms:node:server${names + 1}`
    const [one, other] = [await start(line.url.replace('http:', 'redis:')), await start(redis.url)]
    servers.push(one, other)
    const [ada, ben] = [await one.newGuest(), await other.newGuest()]
    const { edit } = await one.newRoom(ada)
    const first = await enter(one, edit, ada)
    // Slow is no harm: a stroke does not wait for Redis.
    line.delayMs = 100
    draw(first, 'slow')
    await expectOneScene(1)
    line.delayMs = 0

    line.deafen(8 * leaseMs)
    draw(first, 'cut')
    await expect.poll(() => first.isSettled).toBe(true)
    const direct = new Redis(redis.url)
    await expect.poll(() => direct.exists(lease)).toBe(0)
    direct.disconnect()
    const second = await enter(other, edit, ben)
    draw(second, 'elsewhere')
    await expect.poll(() => second.isSettled).toBe(true)
    // It draws nothing itself, and is told all the same that its room has gone.
    await expect.poll(() => first.isSettled).toBe(false)
    await expectOneScene(3)
    draw(first, 'again')
    await expectOneScene(4)
    expect([...one.faults(), ...other.faults()]).toEqual([])
    await line.close()
  })
})
