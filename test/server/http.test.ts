import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../../server/start.ts'
import type { Studio } from '../../studio/studio.ts'
import { silentLog } from '../support/log.ts'
import { enterRoom, until } from '../support/roomClient.ts'
import { add, buildStroke } from '../support/scenes.ts'
import { buildServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await buildServer()
})
afterAll(() => server.close())

test('a guest is remembered by a cookie that scripts and other sites do not get', async () => {
  const first = await fetch(`${server.url}/guest`, { method: 'POST' })
  const cookie = first.headers.get('set-cookie')!
  expect(cookie).toMatch(/^fourstroke_guest=[\w-]{20,}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/)
  const { person } = (await first.json()) as { person: { name: string; color: string } }
  expect(person.name).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/)
  expect(person.color).toMatch(/^#[0-9a-f]{6}$/)
  const again = await fetch(`${server.url}/guest`, { method: 'POST', headers: { cookie: cookie.split(';')[0]! } })
  expect(again.headers.get('set-cookie')).toBeNull()
  expect(await again.json()).toEqual({ person })
})

test('what a browser brings no name for is named in its language', async () => {
  const ask = async (path: string) => {
    const headers = { 'accept-language': 'fr-CA, en;q=0.5' }
    return (await fetch(`${server.url}${path}`, { method: 'POST', headers })).json()
  }
  expect(await ask('/guest')).toMatchObject({ person: { name: expect.stringMatching(/^\p{Lu}\p{Ll}+ \p{Ll}+$/u) } })
  expect(await ask('/rooms')).toMatchObject({ room: { name: 'Nouvelle salle' } })
})

test('pages come fresh, assets forever, and nothing leaves the origin', async () => {
  const page = await fetch(`${server.url}/r/some-secret`)
  expect(await page.text()).toContain('<!doctype html>')
  expect(page.headers.get('cache-control')).toBe('no-cache')
  const policy = page.headers.get('content-security-policy')!
  expect(policy).toContain("default-src 'self'")
  expect(policy).toContain("object-src 'none'")
  expect(policy).not.toMatch(/https?:|\*/)
  expect(page.headers.get('referrer-policy')).toBe('no-referrer')
  expect(page.headers.get('x-content-type-options')).toBe('nosniff')
  const asset = await fetch(`${server.url}/assets/page-1a2b3c.js`)
  expect(asset.headers.get('cache-control')).toContain('immutable')
  const packed = await fetch(`${server.url}/assets/page-1a2b3c.js`, { headers: { 'accept-encoding': 'br' } })
  expect(packed.headers.get('content-encoding')).toBe('br')
  expect(packed.headers.get('cache-control')).toContain('immutable')
  expect(await packed.text()).toBe(await asset.text())
  const missing = await fetch(`${server.url}/assets/../../fourstroke.db`)
  expect(missing.status).toBe(404)
})

test('health and figures are there for machines', async () => {
  expect(await (await fetch(`${server.url}/healthz`)).json()).toMatchObject({
    ok: true,
    model: 'stripes',
    device: 'cpu',
  })
  const figures = await (await fetch(`${server.url}/metrics`)).text()
  for (const name of [
    'fourstroke_engine_mixed_batches',
    'fourstroke_sockets',
    'fourstroke_rooms',
    'fourstroke_operations_total',
    'process_cpu_user_seconds_total',
  ]) {
    expect(figures).toContain(name)
  }
})

test('rooms are made with a name, and a name that is none is refused', async () => {
  const make = (body: unknown) =>
    fetch(`${server.url}/rooms`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  expect(await (await make({ name: ' Our harbour ' })).json()).toMatchObject({
    room: { name: 'Our harbour' },
    links: { edit: expect.stringMatching(/^\/r\/[\w-]{22}$/), view: expect.stringMatching(/^\/r\/[\w-]{22}$/) },
  })
  for (const body of [{ name: '' }, { name: 1 }, { name: 'x'.repeat(81) }, { title: 'x' }, 'x', [1]]) {
    const response = await make(body)
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, 'message/invalid'])
  }
})

test('P1: names of people and rooms change for everybody, and cursors come with their newest place', async () => {
  const cookies = [await server.newGuest(), await server.newGuest()]
  const { edit: secret } = await server.newRoom(cookies[0]!)
  const [ada, ben] = await Promise.all(cookies.map(cookie => enterRoom({ url: server.url, secret, cookie })))
  await ada!.ask(reply => ada!.socket.emit('person:rename', ' Ada ', reply))
  await until(() => ben!.people.some(({ name }) => name === 'Ada'))
  let name = ''
  ben!.socket.on('room:renamed', now => {
    name = now
  })
  await ada!.ask(reply => ada!.socket.emit('room:rename', 'Harbour', reply))
  await until(() => name === 'Harbour')
  const cursors: unknown[] = []
  ben!.socket.on('cursors:moved', moved => cursors.push(...moved))
  ada!.socket.emit('cursor:move', { x: 1, y: 1 })
  ada!.socket.emit('cursor:move', { x: 2, y: 3 })
  await until(() => cursors.length > 0)
  expect(cursors.at(-1)).toEqual({ person: ada!.welcome!.you.id, at: { x: 2, y: 3 } })
  ada!.close()
  await until(() => ben!.people.length === 1)
  await until(() => JSON.stringify(cursors.at(-1)).includes('null'))
  ben!.close()
})

test('P7: colours that two people put aside at once are there for both, and for whoever comes after a restart', async () => {
  const one = await buildServer()
  const cookies = [await one.newGuest(), await one.newGuest()]
  const { edit: secret } = await one.newRoom(cookies[0]!)
  const [ada, ben] = await Promise.all(cookies.map(cookie => enterRoom({ url: one.url, secret, cookie })))
  const seen: string[][] = []
  ben!.socket.on('palette:changed', palette => seen.push([...palette]))
  const put = (client: typeof ada, color: string) =>
    client!.ask(reply => client!.socket.emit('palette:add', color, reply))
  await Promise.all([put(ada, '#8a5a3b'), put(ben, '#3b82d6'), put(ada, '#8a5a3b'), put(ben, '#000000')])
  await ada!.ask(reply => ada!.socket.emit('palette:remove', '#000000', reply))
  await until(() => seen.length === 5)
  expect(seen.at(-1)!.toSorted()).toEqual(['#3b82d6', '#8a5a3b'])
  for (const client of [ada, ben]) client!.close()
  const two = await startServer({
    ...{ studio: one.studio, port: 0, host: '127.0.0.1', pagesFolder: one.folder, log: silentLog },
  })
  const back = await enterRoom({ url: two.url, secret, cookie: cookies[0]! })
  expect(back.welcome!.palette).toEqual(seen.at(-1))
  back.close()
  await two.close()
  await one.close()
})

test('a port that is taken is said in one sentence with the cure', async () => {
  const port = Number(new URL(server.url).port)
  const started = startServer({
    studio: server.studio,
    port,
    host: '127.0.0.1',
    pagesFolder: server.folder,
    log: silentLog,
  })
  await expect(started).rejects.toMatchObject({
    code: 'start/port',
    message: `Port ${port} is taken: stop the program that uses it, or choose another, for example PORT=${port + 1}.`,
  })
})

test('closing stores what was drawn, and the next start shows it', async () => {
  const one = await buildServer()
  const cookie = await one.newGuest()
  const { edit: secret } = await one.newRoom(cookie)
  const client = await enterRoom({ url: one.url, secret, cookie })
  for (let i = 0; i < 20; i++) client.operate(add(buildStroke({ id: `s${i}` })))
  await until(() => client.isSettled)
  client.close()
  const two = await startServer({
    studio: one.studio,
    port: 0,
    host: '127.0.0.1',
    pagesFolder: one.folder,
    log: silentLog,
  })
  const back = await enterRoom({ url: two.url, secret, cookie })
  expect(back.sync.scene.elements.size).toBe(20)
  back.close()
  await two.close()
  await one.close()
})

function fail(message: string): never {
  throw new Error(message)
}

test('a request that fails is one line, with its id and without its address; one that succeeds is none', async () => {
  const over = (studio: Studio): Studio => ({ ...studio, load: () => fail('no figures') })
  const one = await buildServer({ over })
  expect(one.lines).toEqual([])
  expect((await fetch(`${one.url}/`)).status).toBe(200)
  expect((await fetch(`${one.url}/healthz?of=${'s'.repeat(40)}`)).status).toBe(500)
  expect(one.lines.map(line => JSON.parse(line))).toMatchObject([
    { level: 'error', reqId: expect.any(String), msg: 'GET /healthz failed', err: { message: 'no figures' } },
  ])
  expect(one.lines.join()).not.toContain('sss')
  await one.close()
})
