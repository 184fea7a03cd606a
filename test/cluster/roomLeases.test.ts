import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openRoomLeases, type RoomLeases } from '../../cluster/index.ts'
import { collectLog } from '../support/log.ts'
import { patient } from '../support/patience.ts'
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts'

describe.runIf(hasRedis)('leases of rooms', () => {
  const { log } = collectLog()
  let redis: RedisServer
  let servers: RoomLeases[] = []
  let names = 0
  /** As long as tests can wait for, and longer than a busy machine stands still. */
  const leaseMs = Math.ceil(patient(1_000))

  function open() {
    const id = `server${++names}`
    const leases = openRoomLeases({ redisUrl: redis.url, node: { id, url: `http://${id}` }, log, leaseMs })
    const lost: string[] = []
    let doubts = 0
    leases.watch({ lost: room => lost.push(room), doubtful: () => doubts++ })
    servers.push(leases)
    return { ...leases, url: `http://${id}`, lost, doubts: () => doubts }
  }
  const here = { type: 'here' }

  beforeAll(async () => {
    redis = await startRedis()
  })
  let room = ''
  beforeEach(() => {
    room = `room${++names}`
  })
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close()
    servers = []
  })
  afterAll(() => redis?.stop())

  it('are held by whoever comes first, and the others are told where', async () => {
    const [one, other] = [open(), open()]
    expect(await one.acquire(room)).toEqual(here)
    expect(await one.acquire(room)).toEqual(here)
    expect(await other.acquire(room)).toEqual({ type: 'elsewhere', url: one.url })
    // Nobody gives away what is not theirs.
    await other.release(room)
    expect(await other.acquire(room)).toEqual({ type: 'elsewhere', url: one.url })
    await one.release(room)
    expect(await other.acquire(room)).toEqual(here)
  })

  it('have one holder when many come at once', async () => {
    const all = Array.from({ length: 8 }, open)
    const holders = await Promise.all(all.map(server => server.acquire(room)))
    expect(holders.filter(({ type }) => type === 'here')).toHaveLength(1)
  })

  it('of a server where nothing listens are anybody’s as soon as it has missed a sign of life', async () => {
    const server = open()
    const direct = new Redis(redis.url)
    const [node, url] = ['{fourstroke}:rooms:node:gone', 'http://gone']
    await direct.set(`{fourstroke}:rooms:room:${room}`, 'gone')
    await direct.set(node, url)
    const elsewhere = { type: 'elsewhere', url }
    expect(await server.acquire(room)).toEqual(elsewhere)
    // It has just said that it is alive, so a refused connection means nothing yet.
    await direct.pexpire(node, 60_000)
    server.suspect(url)
    expect(await server.acquire(room)).toEqual(elsewhere)
    // By then it should have said so again.
    await direct.pexpire(node, Math.floor(leaseMs / 2))
    server.suspect(url)
    expect(await server.acquire(room)).toEqual(here)
    direct.disconnect()
  })

  it('of a server that has closed or is silent are anybody’s', async () => {
    const [one, other] = [open(), open()]
    await one.acquire(room)
    await one.close()
    expect(await other.acquire(room)).toEqual(here)
  })

  it('are kept over a restart of Redis that loses all, and nobody is in doubt afterwards', async () => {
    const [one, other] = [open(), open()]
    await one.acquire(room)
    await redis.halt()
    await expect.poll(() => one.doubts()).toBeGreaterThan(0)
    expect(one.problem()).toMatch(/Redis does not answer/)
    await redis.goOn()
    await expect.poll(() => one.problem()).toBeNull()
    await expect.poll(() => other.problem()).toBeNull()
    expect(await other.acquire(room)).toEqual({ type: 'elsewhere', url: one.url })
    expect(one.lost).toEqual([])
  })

  it('are lost to another server that came first after such a restart, and their server is told', async () => {
    const [one, other] = [open(), open()]
    await one.acquire(room)
    await redis.halt()
    // It comes back with the room as the other one's.
    await one.release(room)
    await redis.goOn()
    await expect.poll(() => other.problem()).toBeNull()
    expect(await other.acquire(room)).toEqual(here)
    expect(await one.acquire(room)).toEqual({ type: 'elsewhere', url: other.url })
  })

  it('cannot be had while Redis is away, and that is said in words', async () => {
    const one = open()
    await expect.poll(() => one.problem()).toBeNull()
    await redis.halt()
    await expect(one.acquire(room)).rejects.toMatchObject({ code: 'room/moving' })
    await redis.goOn()
  })
})
