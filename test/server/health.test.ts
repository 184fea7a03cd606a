import { readFileSync, renameSync } from 'node:fs'
import { get } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { buildServer, type TestServer } from '../support/server.ts'

let server: TestServer
afterEach(() => server.close())

async function ask(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}${path}`, { headers })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
const figures = async (url = server.url) => (await fetch(`${url}/metrics`)).text()

describe('/readyz', () => {
  it('is 200 while database, engine and disk are well, and /healthz says the same', async () => {
    server = await buildServer()
    const checks = { database: 'ok', engine: 'ok', disk: 'ok' }
    for (const path of ['/readyz', '/healthz']) {
      expect(await ask(path)).toMatchObject({
        status: 200,
        body: { ok: true, checks, model: 'stripes', device: 'cpu' },
      })
    }
    expect(await ask('/livez')).toEqual({ status: 200, body: { ok: true } })
  })

  it.each([
    ['resting', /^The engine stopped too often and rests/],
    ['starting', /^The engine is starting\.$/],
    ['closed', /^The engine is closed\.$/],
  ] as const)('is 503 while the engine is %s, and says so; the process is alive', async (state, words) => {
    server = await buildServer()
    server.engine.setState(state)
    for (const path of ['/readyz', '/healthz']) {
      const { status, body } = await ask(path)
      expect(status).toBe(503)
      expect(body).toMatchObject({ ok: false, checks: { database: 'ok', engine: expect.stringMatching(words) } })
    }
    expect((await ask('/livez')).status).toBe(200)
    expect(await figures()).toMatch(/^fourstroke_ready\{check="engine"\} 0$/m)
    server.engine.setState('ready')
    expect((await ask('/readyz')).status).toBe(200)
    // Once when it began, however often it was asked.
    expect(server.lines.filter(line => line.includes('Not ready'))).toHaveLength(1)
  })

  it('is 503 when the disk is fuller than it should be', async () => {
    server = await buildServer({ minFreeBytes: 2 ** 60 })
    const { status, body } = await ask('/readyz')
    expect(status).toBe(503)
    expect(body['checks']).toMatchObject({
      disk: expect.stringMatching(/has \d+ MB left, less than the 1099511627776 MB/),
    })
  })

  it('is 503 when the database does not answer, and the other figures are still there', async () => {
    server = await buildServer({ over: studio => ({ ...studio, statistics: () => Promise.reject(new Error('gone')) }) })
    server.readiness.add({ name: 'archive', examine: () => Promise.reject(new Error('at 10.0.0.1')) })
    server.readiness.add({ name: 'moon', examine: () => new Promise(() => undefined) })
    const { status, body } = await ask('/readyz')
    expect(status).toBe(503)
    expect(body['checks']).toMatchObject({
      archive: 'The archive does not answer.',
      moon: 'The moon did not answer within 2 s.',
    })
    const text = await figures()
    expect(text).toMatch(/^fourstroke_people Nan$/m)
    expect(text).toMatch(/^fourstroke_ready\{check="moon"\} 0$/m)
  })

  it('gives the other figures within seconds while the database is locked', async () => {
    const asked: string[] = []
    const never = (what: string) => () => {
      asked.push(what)
      return new Promise<never>(() => undefined)
    }
    server = await buildServer({
      over: studio => ({
        ...studio,
        statistics: never('statistics'),
        storage: { ...studio.storage, totals: never('totals') },
      }),
    })
    const texts = await Promise.all([figures(), figures()])
    for (const text of texts) {
      expect(text).toMatch(/^fourstroke_people Nan$/m)
      expect(text).toMatch(/^fourstroke_engine_restarts 0$/m)
    }
    expect(asked.toSorted()).toEqual(['statistics', 'totals'])
  })

  it('answers supervisors under any name and however often, where people need the public one', async () => {
    server = await buildServer({ publicUrl: 'https://paint.example' })
    const port = Number(new URL(server.url).port)
    const statusOf = (path: string, host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        get({ host: '127.0.0.1', port, path, headers: { host } }, answer => {
          answer.resume()
          resolve(answer.statusCode)
        }).on('error', reject)
      })
    expect(await statusOf('/guest', 'fourstroke:3000')).toBe(421)
    const asked = await Promise.all(Array.from({ length: 400 }, () => statusOf('/livez', 'fourstroke:3000')))
    expect(new Set(asked)).toEqual(new Set([200]))
    expect(await statusOf('/readyz', 'fourstroke:3000')).toBe(200)
    expect(await statusOf('/metrics', 'fourstroke:3000')).toBe(421)
  })

  it('notices that the data folder is gone', async () => {
    server = await buildServer()
    renameSync(server.folder, `${server.folder}-away`)
    const { body } = await ask('/readyz')
    renameSync(`${server.folder}-away`, server.folder)
    expect(body['checks']).toMatchObject({ disk: 'The disk does not answer.' })
  })
})

describe('/metrics', () => {
  it('has the figures that an operator needs', async () => {
    server = await buildServer()
    const cookie = await server.newGuest()
    await server.newRoom(cookie)
    await fetch(`${server.url}/files/${'0'.repeat(64)}`, { headers: { cookie } })
    const { person } = await server.studio.people.newGuest('Ada')
    server.engine.hold()
    await server.studio.pictures.request(person.id, 'canvas', { prompt: 'a house', count: 3 })
    server.countError('queue/full', 'chat')
    server.watchShards(() => ({ 0: true, 1: false }))
    const text = await figures()
    server.engine.release()
    for (const line of [
      /^fourstroke_engine_pictures\{priority="(interactive|background|live)",state="(running|waiting)"\} [12]$/m,
      /^fourstroke_engine_restarts 0$/m,
      /^fourstroke_learnings\{state="running"\} 0$/m,
      /^fourstroke_disk_free_bytes \d+$/m,
      /^fourstroke_stored_bytes \d+$/m,
      /^fourstroke_rooms_stored 1$/m,
      /^fourstroke_refusals_total\{code="file\/missing",face="http"\} 1$/m,
      /^fourstroke_refusals_total\{code="queue\/full",face="chat"\} 1$/m,
      /^fourstroke_engine_hangs 0$/m,
      /^fourstroke_engine_silent_seconds /m,
      /^fourstroke_http_seconds_count\{method="POST",route="\/rooms",status="200"\} 1$/m,
      /^fourstroke_database_seconds_count [1-9]\d*$/m,
      /^nodejs_eventloop_lag_seconds /m,
      /^fourstroke_ready\{check="database"\} 1$/m,
      /^fourstroke_discord_shard_ready\{shard="0"\} 1$/m,
      /^fourstroke_discord_shard_ready\{shard="1"\} 0$/m,
    ]) {
      expect(text).toMatch(line)
    }
    // Routes as they are written in the program: an address would make a series of its own for each file and room.
    expect(text).not.toMatch(/route="[^"]*0000000/)
  })

  it('has every figure that the dashboard shows', async () => {
    server = await buildServer()
    const text = await figures()
    const dashboard = readFileSync(new URL('../../docs/grafana.json', import.meta.url), 'utf8')
    const shown = new Set(dashboard.match(/\b(fourstroke|nodejs|process)_\w+/g)!)
    expect(shown.size).toBeGreaterThan(15)
    const known = new Set(text.match(/^# TYPE (\S+)/gm)!.map(line => line.slice('# TYPE '.length)))
    expect([...shown].filter(name => !known.has(name.replace(/_bucket$/, '')))).toEqual([])
  })

  it('is closed to strangers, and says what to set', async () => {
    server = await buildServer({ publicUrl: 'https://paint.example' })
    expect(await ask('/metrics')).toMatchObject({ status: 403, body: { code: 'metrics/closed' } })
  })

  it('is closed as well where strangers may come without a public address', async () => {
    server = await buildServer({ isPublic: true })
    expect(await ask('/metrics')).toMatchObject({ status: 403, body: { code: 'metrics/closed' } })
  })

  it('asks for its token', async () => {
    const token = 'a-token-of-more-than-16'
    server = await buildServer({ publicUrl: 'https://paint.example', metricsAccess: { token, listen: null } })
    for (const wrong of [{}, { authorization: 'Bearer x' }, { authorization: `Bearer ${token.replace('a', 'b')}` }]) {
      expect(await ask('/metrics', wrong)).toMatchObject({ status: 401, body: { code: 'metrics/token' } })
    }
    const right = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
    expect(right.status).toBe(200)
  })

  it('moves to an address of its own', async () => {
    server = await buildServer({ metricsAccess: { token: null, listen: { host: '127.0.0.1', port: 0 } } })
    expect(await ask('/metrics')).toMatchObject({ status: 403, body: { code: 'metrics/closed' } })
    expect(await figures(server.metricsUrl!)).toContain('fourstroke_rooms 0')
    expect((await fetch(`${server.metricsUrl}/r/room`)).status).toBe(404)
  })

  it('does not start at an address that cannot be', async () => {
    server = await buildServer()
    const listen = { host: '127.0.0.1', port: Number(new URL(server.url).port) }
    await expect(buildServer({ metricsAccess: { token: null, listen } })).rejects.toMatchObject({
      code: 'start/metrics',
    })
  })
})
