/** Several servers behind Caddy with the project's own Caddyfile: what people see of it, and of a server that dies behind it. */
import { randomBytes } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { limits } from '../../protocol/limits.ts'
import { strangers } from '../../studio/budgets/profiles.ts'
import { type Caddy, hasCaddy, startCaddy } from '../support/caddy.ts'
import { openFrameViewer } from '../support/frameViewer.ts'
import { freePort } from '../support/freePort.ts'
import { patient } from '../support/patience.ts'
import { enterRoom, type RoomClient, until } from '../support/roomClient.ts'
import { add, buildFrame, buildRectangle, canonical } from '../support/scenes.ts'
import { newGuest, newRoom } from '../support/server.ts'
import { type Composed, type Container, canCompose, openComposed } from './support/composed.ts'

/** The balancer is on this machine here. */
const trusted = { TRUST_PROXY: 'loopback' }

describe.runIf(canCompose() && hasCaddy())('servers behind Caddy', () => {
  let composed: Composed
  let caddy: Caddy
  let ports: readonly string[]
  const servers: Container[] = []

  const start = (port: string, settings = {}) => composed.start('server', { ...trusted, ...settings, PORT: port })
  const answers = (url: string) =>
    fetch(`${url}/readyz`).then(
      ({ status }) => status === 200,
      () => false,
    )
  const untilReady = (url: string) => expect.poll(() => answers(url), { timeout: patient(60_000) }).toBe(true)

  beforeAll(async () => {
    composed = await openComposed()
    composed.startRedis()
    await until(composed.isRedisHealthy)
    ports = [`${await freePort()}`, `${await freePort()}`]
    caddy = await startCaddy(ports.map(port => `http://127.0.0.1:${port}`))
  })
  afterAll(async () => {
    await caddy?.stop()
    composed?.close()
  })

  it('says in words what it waits for while no server is ready, and sends nobody to one that loads', async () => {
    // Without an engine neither is.
    servers.push(...(await Promise.all(ports.map(port => start(port)))))
    const page = async () => (await fetch(caddy.url, { headers: { 'accept-language': 'en' } })).text()
    await expect.poll(page, { timeout: patient(60_000) }).toMatch(/No engine can be reached yet/)
    const engine = await composed.start('engine')
    await expect.poll(engine.isHealthy, { timeout: patient(60_000), interval: 1_000 }).toBe(true)
    for (const { url } of servers) await untilReady(url)
    await untilReady(caddy.url)
  })

  it('serves pages, sockets, uploads of the allowed size and streams, whichever server they come to', async () => {
    const [ada, ben] = [await newGuest(caddy.url), await newGuest(caddy.url)]
    const { edit } = await newRoom(caddy.url, ada)
    const cookies = [ada, ben, ada, ben]
    const pages = await Promise.all(cookies.map(cookie => enterRoom({ url: caddy.url, secret: edit, cookie })))
    for (const [index, page] of pages.entries()) page.operate(add(buildRectangle({ id: `of-page-${index}` })))
    await expect.poll(() => pages.map(({ sync }) => sync.scene.elements.size)).toEqual([4, 4, 4, 4])
    expect(new Set(pages.map(({ sync }) => canonical(sync.scene))).size).toBe(1)

    const picture = await pictureOf(limits.maxUploadBytes)
    const headers = { cookie: ben, 'x-room-secret': edit, 'content-type': 'image/png' }
    const uploaded = await fetch(`${caddy.url}/upload`, { method: 'POST', headers, body: picture })
    const { file } = (await uploaded.json()) as { file: string }
    expect([uploaded.status, file]).toEqual([200, expect.any(String)])
    for (const url of [...servers.map(server => server.url), caddy.url]) {
      expect((await fetch(`${url}/files/${file}`, { headers: { cookie: ben } })).status, url).toBe(200)
    }
    const tooLarge = new Uint8Array(limits.maxUploadBytes + 1)
    const refused = await fetch(`${caddy.url}/upload`, { method: 'POST', headers, body: tooLarge })
    expect([refused.status, await refused.json()]).toMatchObject([413, { code: 'body/large' }])

    pages[0]!.operate(add(buildFrame({ id: 'frame', prompt: 'a red house' })))
    await expect.poll(() => pages[0]!.isSettled).toBe(true)
    const link = await pages[0]!.ask<string>(reply => pages[0]!.socket.emit('frame:link', { frameId: 'frame' }, reply))
    const viewers = await Promise.all(
      [1, 2, 3].map(async () =>
        openFrameViewer({ url: caddy.url, cookie: await newGuest(caddy.url) }, link.ok ? link.value : ''),
      ),
    )
    for (const viewer of viewers) expect(await viewer.watch()).toMatchObject({ ok: true })
    await expect.poll(() => viewers.every(({ shown }) => shown.length > 0), { timeout: patient(30_000) }).toBe(true)
    for (const viewer of viewers) viewer.socket.disconnect()
    for (const page of pages) page.close()

    // Its requests could come to servers that know nothing of the connection.
    const polled = await fetch(`${caddy.url}/socket.io/?EIO=4&transport=polling`, { headers: { cookie: ada } })
    expect([polled.status, await polled.json()]).toEqual([400, { code: 0, message: 'Transport unknown' }])
  })

  it.each([
    ['killed', 'SIGKILL'],
    ['stopped', 'SIGTERM'],
  ] as const)('loses no stroke and no request when a server is %s while people draw', async (_, signal) => {
    const [ada, ben] = [await newGuest(caddy.url), await newGuest(caddy.url)]
    const { edit } = await newRoom(caddy.url, ada)
    const pages = await Promise.all([ada, ben].map(cookie => enterRoom({ url: caddy.url, secret: edit, cookie })))
    const asked = askAgainAndAgain(caddy.url, ada)
    // Each server has had the room once.
    for (const index of [0, 1]) {
      const drawing = drawFor(3_000, pages, `${signal}${index}`)
      await new Promise(resolve => setTimeout(resolve, 1_000))
      servers[index]!.child.kill(signal)
      await servers[index]!.ended
      const drawn = await drawing
      await expect.poll(() => pages.map(page => page.isSettled), { timeout: patient(30_000) }).toEqual([true, true])
      const late = await enterRoom({ url: caddy.url, secret: edit, cookie: ada })
      const idsIn = ({ sync }: RoomClient) => [...sync.scene.elements.keys()]
      for (const page of [...pages, late]) expect(idsIn(page)).toEqual(expect.arrayContaining(drawn))
      expect(pages.flatMap(({ errors }) => errors)).toEqual([])
      late.close()
      servers[index] = await start(ports[index]!)
      await untilReady(servers[index]!.url)
    }
    for (const page of pages) page.close()
    const { statuses } = await asked.end()
    expect(Object.keys(statuses), JSON.stringify(statuses)).toEqual(['200'])
  })

  it('counts people by their own address and not by the balancer’s, over all servers together', async () => {
    for (const { child, ended } of servers) {
      child.kill('SIGTERM')
      await ended
    }
    servers.splice(0, servers.length, ...(await Promise.all(ports.map(port => start(port, { PUBLIC: '1' })))))
    for (const { url } of servers) await untilReady(url)
    await untilReady(caddy.url)
    const { atOnce } = strangers.newGuests.address!
    const comesFrom = async (localAddress: string, forwarded?: string) => {
      const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
      return (await send(`${caddy.url}/guest`, { method: 'POST', localAddress, headers })).statusCode
    }
    const statuses: (number | undefined)[] = []
    for (let index = 0; index < atOnce + 5; index++) statuses.push(await comesFrom('127.0.0.2'))
    expect(statuses.filter(status => status === 200).length).toBe(atOnce)
    expect(await comesFrom('127.0.0.3')).toBe(200)
    // Whom nobody trusts says in vain that it is somebody else.
    expect(await comesFrom('127.0.0.2', '203.0.113.7')).toBe(429)
    // What is trusted to stand before the balancer does not.
    expect(await comesFrom('127.0.0.1', '127.0.0.2')).toBe(429)
    expect(await comesFrom('127.0.0.1', '203.0.113.7')).toBe(200)
  })
})

/** A picture that nobody can compress, nearly as large as `bytes`. */
async function pictureOf(bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const side = Math.floor(Math.sqrt((bytes * 0.99) / 3))
  const raw = { width: side, height: side, channels: 3 } as const
  const png = await sharp(randomBytes(side * side * 3), { raw })
    .png({ compressionLevel: 0 })
    .toBuffer()
  expect(png.length).toBeGreaterThan(bytes * 0.95)
  expect(png.length).toBeLessThanOrEqual(bytes)
  return new Uint8Array(png)
}

/** Each page draws, thirty times a second; resolves with what was drawn. */
async function drawFor(ms: number, pages: readonly RoomClient[], name: string): Promise<string[]> {
  const drawn: string[] = []
  const endsAt = performance.now() + ms
  while (performance.now() < endsAt) {
    for (const [index, page] of pages.entries()) {
      const id = `${name}-${index}-${drawn.length}`
      page.operate(add(buildRectangle({ id })))
      drawn.push(id)
    }
    await new Promise(resolve => setTimeout(resolve, 33))
  }
  return drawn
}

/** Whoever comes to the page meanwhile: how often which status was answered. */
function askAgainAndAgain(url: string, cookie: string) {
  const statuses: Record<string, number> = {}
  let isEnded = false
  async function ask(): Promise<void> {
    while (!isEnded) {
      const status = await fetch(`${url}/api/rooms`, { headers: { cookie } }).then(
        response => `${response.status}`,
        (error: Error) => `${error.cause}`,
      )
      statuses[status] = (statuses[status] ?? 0) + 1
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }
  const asking = ask()
  return {
    async end() {
      isEnded = true
      await asking
      return { statuses }
    },
  }
}

function send(
  url: string,
  options: { readonly method: string; readonly localAddress: string; readonly headers: Record<string, string> },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sending = request(url, options, response => {
      response.resume()
      resolve(response)
    })
    sending.once('error', reject)
    sending.end()
  })
}
