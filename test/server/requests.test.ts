import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { limits } from '../../protocol/limits.ts'
import { friends, strangers } from '../../studio/studio.ts'
import { patient } from '../support/patience.ts'
import { openRawLine, rawRequest } from '../support/rawHttp.ts'
import { enterRoom, until } from '../support/roomClient.ts'
import { buildServer, type TestServer } from '../support/server.ts'

let server: TestServer
let cookie: string
let secret: string
let host: string
const megabyte = 2 ** 20
beforeAll(async () => {
  server = await buildServer()
  host = new URL(server.url).host
  cookie = await server.newGuest()
  secret = (await server.newRoom(cookie)).edit
})
afterAll(async () => {
  expect(server.faults).toEqual([])
  await server.close()
})
const incoming = () => readdirSync(join(server.folder, 'files', 'incoming'))
const codeOf = (body: string) => (JSON.parse(body) as { code: string }).code
const upload = (length: number, ...more: string[]) => [
  'POST /upload HTTP/1.1',
  ...[`host: ${host}`, 'content-type: image/png', `content-length: ${length}`, ...more],
]
const known = () => [`cookie: ${cookie}`, `x-room-secret: ${secret}`]

describe('nothing of a body is read', () => {
  test.each([
    ['of nobody', () => [], 401, 'guest/missing'],
    ['for a room that is none', () => [`cookie: ${cookie}`, 'x-room-secret: no'], 404, 'room/missing'],
    ['from another website', () => [...known(), 'origin: https://evil.example'], 403, 'origin/foreign'],
    ['from another scheme', () => [...known(), `origin: https://${host}`], 403, 'origin/foreign'],
    ['that is too large', () => [...known()], 413, 'body/large', limits.maxUploadBytes + 1],
  ] as const)('%s', async (_, headers, status, code, length = 5 * megabyte) => {
    const line = openRawLine(server.url)
    // Not one byte of it is sent: whoever waited for it would not answer.
    await line.write(`${upload(length, ...headers()).join('\r\n')}\r\n\r\n`)
    const answer = await line.answer()
    expect([answer.status, codeOf(answer.body)]).toEqual([status, code])
    expect(incoming()).toEqual([])
    line.end()
  })

  test('under a name that another website has let lead here', async () => {
    const answer = await rawRequest(server.url, ['GET / HTTP/1.1', 'host: evil.example'])
    expect([answer.status, codeOf(answer.body)]).toEqual([421, 'host/foreign'])
    const socket = io(server.url, { transports: ['websocket'], forceNew: true, extraHeaders: { host: 'evil.example' } })
    await new Promise(resolve => socket.on('connect_error', resolve))
    socket.close()
  })

  test('of what is no upload, above some kilobytes', async () => {
    const json = ['content-type: application/json', `content-length: ${limits.maxJsonBytes + 1}`]
    for (const path of ['/rooms', '/api/styles', '/api/styles/x/pictures']) {
      const answer = await rawRequest(server.url, [
        `POST ${path} HTTP/1.1`,
        `host: ${host}`,
        `cookie: ${cookie}`,
        ...json,
      ])
      expect([path, answer.status, codeOf(answer.body)]).toEqual([path, 413, 'body/json'])
    }
    const chunked = ['content-type: application/json', 'transfer-encoding: chunked', `cookie: ${cookie}`]
    const line = openRawLine(server.url)
    await line.write(`${['POST /rooms HTTP/1.1', `host: ${host}`, ...chunked].join('\r\n')}\r\n\r\n`)
    await line.write(`${(80 * 1024).toString(16)}\r\n${' '.repeat(80 * 1024)}\r\n0\r\n\r\n`)
    const answer = await line.answer()
    expect([answer.status, codeOf(answer.body)]).toEqual([413, 'body/json'])
    line.end()
  })
})

describe('an upload', () => {
  test('that is too large has its answer though it goes on sending, and is not cut off', async () => {
    const line = openRawLine(server.url)
    const size = limits.maxUploadBytes + 4 * megabyte
    await line.write(`${upload(size, ...known()).join('\r\n')}\r\n\r\n`)
    for (let sent = 0; sent < size; sent += megabyte) await line.write(new Uint8Array(megabyte))
    const answer = await line.answer()
    expect([answer.status, codeOf(answer.body), answer.how]).toEqual([413, 'body/large', 'open'])
    line.end()
  })

  test('that does not say how large it is ends at the same size, in words', async () => {
    const line = openRawLine(server.url)
    const head = ['POST /upload HTTP/1.1', `host: ${host}`, 'content-type: image/png', 'transfer-encoding: chunked']
    await line.write(`${[...head, ...known()].join('\r\n')}\r\n\r\n`)
    const chunk = Buffer.concat([
      Buffer.from(`${megabyte.toString(16)}\r\n`),
      Buffer.alloc(megabyte),
      Buffer.from('\r\n'),
    ])
    for (let sent = 0; sent < 11; sent++) await line.write(chunk)
    const answer = await line.answer()
    expect([answer.status, codeOf(answer.body)]).toEqual([413, 'body/large'])
    line.end()
    await until(() => incoming().length === 0)
  })

  test('lies in a file while it comes, and is gone with its line', async () => {
    const line = openRawLine(server.url)
    await line.write(`${upload(5 * megabyte, ...known()).join('\r\n')}\r\n\r\n`)
    await line.write(new Uint8Array(megabyte))
    await until(() => incoming().length === 1)
    line.end()
    await until(() => incoming().length === 0)
  })

  test('takes no memory while it stands still, however many do', async () => {
    const world = await buildServer()
    const owner = await world.newGuest()
    const { edit } = await world.newRoom(owner)
    const before = process.memoryUsage.rss()
    const lines = Array.from({ length: 20 }, () => openRawLine(world.url))
    const head = ['POST /upload HTTP/1.1', `host: ${new URL(world.url).host}`, 'content-type: image/png']
    const size = limits.maxUploadBytes
    for (const line of lines) {
      const more = [`cookie: ${owner}`, `x-room-secret: ${edit}`, `content-length: ${size}`]
      await line.write(`${[...head, ...more].join('\r\n')}\r\n\r\n`)
      for (let sent = 0; sent < 9; sent++) await line.write(new Uint8Array(megabyte))
    }
    await sleep(200)
    expect((process.memoryUsage.rss() - before) / megabyte).toBeLessThan(150)
    for (const line of lines) line.end()
    await world.close()
  })

  test('is refused in words when as many are under way as one person may, and taken once one is done', async () => {
    const tight = { ...friends, uploadsInFlight: { guest: { atOnce: 3 * megabyte } } }
    const world = await buildServer({ budgets: tight })
    const owner = await world.newGuest()
    const { edit } = await world.newRoom(owner)
    const take = vi.spyOn(world.studio.budgets, 'take')
    const head = ['POST /upload HTTP/1.1', `host: ${new URL(world.url).host}`, 'content-type: image/png']
    const send = (length: number) => {
      const line = openRawLine(world.url)
      const more = [`cookie: ${owner}`, `x-room-secret: ${edit}`, `content-length: ${length}`]
      return line.write(`${[...head, ...more].join('\r\n')}\r\n\r\n`).then(() => line)
    }
    const stalled = await send(2 * megabyte)
    // The first has its budget before the second is sent.
    await expect.poll(() => take.mock.settledResults.at(-1)?.type).toBe('fulfilled')
    const refused = await send(2 * megabyte)
    expect(codeOf((await refused.answer()).body)).toBe('upload/many')
    stalled.end()
    const image = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#fff' } })
      .png()
      .toBuffer()
    await vi.waitFor(async () => {
      const headers = { cookie: owner, 'x-room-secret': edit, 'content-type': 'image/png' }
      const response = await fetch(`${world.url}/upload`, { method: 'POST', headers, body: new Uint8Array(image) })
      expect(response.status).toBe(200)
    }, patient(10_000))
    refused.end()
    await world.close()
  })
})

test('reading makes nobody: a browser that is not known stays so', async () => {
  const people = async () => (await server.studio.statistics()).people
  const before = await people()
  for (const path of ['/', '/api/me', '/api/styles', '/api/pictures', `/r/${secret}`, '/pictures/x.png', '/files/x']) {
    const response = await fetch(`${server.url}${path}`)
    expect(response.headers.get('set-cookie')).toBeNull()
  }
  expect(await (await fetch(`${server.url}/api/me`)).json()).toMatchObject({ code: 'guest/missing' })
  expect(await people()).toBe(before)
})

describe('sixteen friends of one address', () => {
  test('are never refused with the settings that there are at first', async () => {
    const world = await buildServer()
    const cookies = await Promise.all(Array.from({ length: 16 }, () => world.newGuest()))
    const rooms = await Promise.all(cookies.map(one => world.newRoom(one)))
    const image = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#d6336c' } })
      .png()
      .toBuffer()
    const pages = cookies.flatMap(one =>
      [0, 1].map(() => enterRoom({ url: world.url, secret: rooms[0]!.edit, cookie: one })),
    )
    const clients = await Promise.all(pages)
    const uploads = cookies.flatMap(one =>
      Array.from({ length: 5 }, () => {
        const headers = { cookie: one, 'x-room-secret': rooms[0]!.edit, 'content-type': 'image/png' }
        return fetch(`${world.url}/upload`, { method: 'POST', headers, body: new Uint8Array(image) })
      }),
    )
    const paths = ['/', '/api/me', '/api/styles', '/api/pictures', '/assets/page-1a2b3c.js']
    const reads = cookies.flatMap(one => paths.map(path => fetch(`${world.url}${path}`, { headers: { cookie: one } })))
    for (const response of await Promise.all([...uploads, ...reads])) expect(response.status).toBe(200)
    const people = await Promise.all(cookies.map(one => world.studio.people.fromSecret(one.split('=')[1]!)))
    await Promise.all(
      people.map(person => world.studio.pictures.request(person!.id, 'canvas', { prompt: 'a', count: 4 })),
    )
    expect(clients.every(client => client.welcome !== null && client.errors.length === 0)).toBe(true)
    for (const client of clients) client.close()
    await world.close()
  })
})

describe('fifty strangers of one address', () => {
  test('share what an address may take, and somebody elsewhere has their own', async () => {
    const world = await buildServer({ budgets: strangers, trustProxy: ['loopback'] })
    const from = (address: string, init: RequestInit = {}) => ({
      ...init,
      headers: { ...init.headers, 'x-forwarded-for': address },
    })
    const guest = async (address: string) => {
      const response = await fetch(`${world.url}/guest`, from(address, { method: 'POST' }))
      return { status: response.status, cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
    }
    const many = await Promise.all(Array.from({ length: 70 }, () => guest('203.0.113.7')))
    expect(many.filter(({ status }) => status === 429)).toHaveLength(10)
    expect((await guest('203.0.113.8')).status).toBe(200)
    const room = (cookie: string, address: string) =>
      fetch(`${world.url}/rooms`, from(address, { method: 'POST', headers: { cookie } }))
    const made = await Promise.all(many.slice(0, 50).map(({ cookie }) => room(cookie, '203.0.113.7')))
    const fine = made.filter(({ status }) => status === 200)
    expect(fine.length).toBe(strangers.newRooms.address!.atOnce)
    const refused = made.find(({ status }) => status !== 200)!
    expect(await refused.json()).toMatchObject({ code: 'guest/fast' })
    expect((await room((await guest('203.0.113.9')).cookie, '203.0.113.9')).status).toBe(200)
    await world.close()
  })

  test('have no more pages than one person may', async () => {
    const world = await buildServer({ budgets: strangers })
    const one = await world.newGuest()
    const { edit } = await world.newRoom(one)
    const pages = await Promise.all([1, 2, 3, 4].map(() => enterRoom({ url: world.url, secret: edit, cookie: one })))
    const socket = io(world.url, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      extraHeaders: { cookie: one },
    })
    const refused = await new Promise<{ data?: { code: string } }>(resolve =>
      socket.on('connect_error', resolve as never),
    )
    expect(refused.data).toMatchObject({ code: 'socket/many' })
    socket.close()
    pages[0]!.close()
    await vi.waitFor(async () => {
      const next = io(world.url, {
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
        extraHeaders: { cookie: one },
      })
      const isIn = await new Promise<boolean>(resolve => {
        next.on('connect', () => resolve(true))
        next.on('connect_error', () => resolve(false))
      })
      next.close()
      expect(isIn).toBe(true)
    }, patient(10_000))
    for (const page of pages) page.close()
    await world.close()
  })
})

test('an address is what a trusted proxy says, and nobody else', async () => {
  const address = (world: TestServer) =>
    fetch(`${world.url}/guest`, { method: 'POST', headers: { 'x-forwarded-for': '203.0.113.7' } })
  const world = await buildServer({ budgets: { ...friends, newGuests: { address: { atOnce: 1, perSecond: 0.001 } } } })
  expect((await address(world)).status).toBe(200)
  // Whoever invents another address is no other.
  const other = await fetch(`${world.url}/guest`, { method: 'POST', headers: { 'x-forwarded-for': '203.0.113.8' } })
  expect(other.status).toBe(429)
  expect(world.lines.join('\n')).toContain('TRUST_PROXY')
  await world.close()
})

test('too many requests are put off, with words and a time', async () => {
  const few = { ...friends, unknownRequests: { address: { atOnce: 3, perSecond: 0.05 } } }
  const world = await buildServer({ budgets: few })
  for (let count = 0; count < 3; count++) expect((await fetch(world.url)).status).toBe(200)
  const refused = await fetch(world.url)
  expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'guest/fast' }])
  expect(refused.headers.get('retry-after')).toBe('20')
  await world.close()
})
