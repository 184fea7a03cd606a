import { createCanvas } from '@napi-rs/canvas'
import sharp from 'sharp'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ErrorPayload, errorText } from '../../protocol/errors.ts'
import { type OperationsStored, protocolVersion, type Reply } from '../../protocol/events.ts'
import { limits } from '../../protocol/limits.ts'
import type { Operation } from '../../protocol/scene.ts'
import { enterRoom, openRoomClient, type RoomClient, until } from '../support/roomClient.ts'
import { add, buildFrame, buildLayer, buildRectangle, buildStroke } from '../support/scenes.ts'
import { buildServer, type TestServer } from '../support/server.ts'

let server: TestServer
let cookie: string
let secrets: { edit: string; view: string }
let ada: RoomClient
beforeAll(async () => {
  server = await buildServer()
  cookie = await server.newGuest()
  secrets = await server.newRoom(cookie)
  ada = await enterRoom({ url: server.url, secret: secrets.edit, cookie })
})
afterAll(async () => {
  ada.close()
  await server.close()
})

/** Says anything, as a browser with bad intentions would. */
function say(event: string, ...message: unknown[]): Promise<Reply<unknown>> {
  return new Promise(resolve => {
    // Untyped on purpose: these messages are not in the protocol.
    const socket = ada.socket as unknown as { emit(event: string, ...message: unknown[]): void }
    socket.emit(event, ...message, resolve)
  })
}
const operate = (...operations: unknown[]) => say('scene:operate', { seq: 1_000_000, operations })
const nested = (element: object, extra: string) => JSON.parse(JSON.stringify(element).replace(/\}$/, `,${extra}}`))

const stroke = buildStroke({ id: 'bad' })
const frame = buildFrame({ id: 'bad' })

describe('O7: operations that do not have the form of one are refused, with the place', () => {
  const cases: Record<string, readonly [message: unknown, words: string]> = {
    'no operation at all': [null, 'At operations.0'],
    'an unknown type': [{ type: 'explode', ids: ['a'] }, 'At operations.0.type'],
    'an unknown kind': [add({ ...stroke, kind: 'iframe' } as never), 'At operations.0.element.kind'],
    'an unknown field': [add({ ...stroke, onclick: 'alert(1)' } as never), 'Unknown field "onclick"'],
    'an author of one’s own choice': [add({ ...stroke, author: 'someone else' } as never), 'Unknown field "author"'],
    '__proto__ in an element': [
      { type: 'add', element: nested(stroke, '"__proto__":{"removed":true}') },
      '"__proto__"',
    ],
    '__proto__ in a change': [{ type: 'change', id: 'a', change: JSON.parse('{"__proto__":{"x":1}}') }, '"__proto__"'],
    'constructor in a change': [{ type: 'change', id: 'a', change: { constructor: 1 } }, '"constructor"'],
    // NaN and infinities arrive as null, because JSON knows no others.
    'NaN as a place': [add({ ...stroke, x: Number.NaN }), 'At operations.0.element.x'],
    'infinity as a size': [add(buildRectangle({ width: Number.POSITIVE_INFINITY })), 'element.width'],
    'NaN in ink': [add(buildStroke({ points: [0, Number.NaN, 0.5] })), 'element.points'],
    'a depth that pages cannot read': [add(buildStroke({ id: 'bad', z: 'zzzz' })), 'At operations.0.element.z'],
    'a depth above which nothing fits': [add(buildStroke({ id: 'bad', z: 'z'.repeat(64) })), 'element.z'],
    'a change to such a depth': [{ type: 'change', id: 'bad', change: { z: 'a00' } }, 'At operations.0.change.z'],
    'a layer that is less than not there': [add(buildLayer({ opacity: -0.1 })), 'element.opacity'],
    'a layer of no frame': [add(buildLayer({ frame: '' })), 'element.frame'],
    'ink on a layer that is a path': [add(buildStroke({ id: 'bad', layer: '../x' })), 'element.layer'],
    'a layer that changes its frame': [{ type: 'change', id: 'bad', change: { frame: 'f' } as never }, '"frame"'],
    'a frame’s name that turns the text around': [add(buildFrame({ name: 'a\u202eb' })), 'element.name'],
    'ink that is not in threes': [add(buildStroke({ points: [0, 1] })), 'element.points'],
    'pressure above 1': [add(buildStroke({ points: [0, 0, 1.5] })), 'element.points'],
    'ink as words': [add({ ...stroke, points: ['0', '0', '0'] } as never), 'element.points'],
    'too many points': [
      add(buildStroke({ points: new Array(3 * (limits.maxPointsPerMessage + 1)).fill(0) })),
      `at most ${limits.maxPointsPerMessage} points`,
    ],
    'a place too far out': [add(buildStroke({ x: 2 * limits.maxCoordinate })), 'element.x'],
    'a scale of zero': [add(buildStroke({ scaleX: 0 })), 'element.scaleX'],
    'a rotation beyond half a turn': [add(buildStroke({ rotation: 4 })), 'element.rotation'],
    'a colour that is code': [add(buildStroke({ color: 'url(javascript:alert(1))' })), 'element.color'],
    'an id that is a path': [add(buildStroke({ id: '../../etc/passwd' })), 'element.id'],
    'an id that is too long': [add(buildStroke({ id: 'x'.repeat(41) })), 'element.id'],
    'a file that is an address': [
      add({ id: 'i', kind: 'image', z: 'a0', x: 0, y: 0, width: 1, height: 1, file: 'https://example.org/x.png' }),
      'element.file',
    ],
    'a prompt that is too long': [add(buildFrame({ prompt: 'x'.repeat(10_000) })), 'element.prompt'],
    'control characters in a prompt': [add(buildFrame({ prompt: 'a\u0000b' })), 'element.prompt'],
    'half a surrogate in a prompt': [add(buildFrame({ prompt: 'a\ud800' })), 'element.prompt'],
    'steps that are not whole': [add(buildFrame({ steps: 2.5 })), 'element.steps'],
    'too many steps': [add(buildFrame({ steps: 51 })), 'element.steps'],
    'a negative seed': [add(buildFrame({ seed: -1 })), 'element.seed'],
    'a strength above 1': [add(buildFrame({ strength: 1.01 })), 'element.strength'],
    'live as a word': [add({ ...frame, live: 'yes' } as never), 'element.live'],
    'too many ids': [
      { type: 'remove', ids: Array.from({ length: limits.maxIdsPerOperation + 1 }, (_, i) => `i${i}`) },
      'operations.0.ids',
    ],
    'ids that are objects': [{ type: 'remove', ids: [{}] }, 'operations.0.ids.0'],
  }
  test.each(Object.entries(cases))('%s', async (_name, [operation, words]) => {
    const reply = await operate(operation)
    expect(reply).toMatchObject({ ok: false, error: { code: 'message/invalid' } })
    expect(reply.ok ? '' : reply.error.message).toContain(words)
  })
})

describe('A3 O6: operations that fit no scene are refused one by one, and the rest is stored', () => {
  const cases: Record<string, readonly [operation: Operation, code: string]> = {
    'changing what is not there': [{ type: 'change', id: 'nobody', change: { x: 1 } }, 'element/missing'],
    'removing what is not there': [{ type: 'remove', ids: ['nobody'] }, 'element/missing'],
    'extending what is not there': [
      { type: 'extend', id: 'nobody', from: 0, points: [], done: true },
      'element/missing',
    ],
    'a field of another kind': [{ type: 'change', id: 'here', change: { prompt: 'x' } }, 'element/field'],
    'an id that is taken': [add(buildRectangle({ id: 'here' })), 'element/exists'],
    'a frame that is too small': [add(buildFrame({ id: 'tiny', width: 1 })), 'frame/size'],
    'a frame that is too large': [add(buildFrame({ id: 'huge', width: 1e5 })), 'frame/size'],
    'an image that is not here': [
      add({ id: 'i', kind: 'image', z: 'a0', x: 0, y: 0, width: 1, height: 1, file: '0'.repeat(64) }),
      'file/missing',
    ],
  }
  test.each(Object.entries(cases))('%s', async (_name, [operation, code]) => {
    const client = await enterRoom({ url: server.url, secret: secrets.edit, cookie })
    const rectangle = add(buildRectangle({ id: `g-${client.client}` }))
    const here = add(buildRectangle({ id: 'here' }))
    const reply = await client.ask<OperationsStored>(answer =>
      client.socket.emit('scene:operate', { seq: 1, operations: [here, operation, rectangle] }, answer),
    )
    const rejected = reply.ok ? reply.value.rejected.filter(({ index }) => index === 1) : []
    expect(rejected).toMatchObject([{ index: 1, error: { code } }])
    await until(() => client.sync.scene.elements.has(`g-${client.client}`))
    client.close()
  })
})

describe('messages that are not in the protocol', () => {
  const cases: Record<string, readonly [event: string, message: unknown]> = {
    'an unknown event': ['room:destroy', {}],
    'an event named like a method': ['constructor', {}],
    'an event named __proto__': ['__proto__', {}],
    'nothing where a message should be': ['scene:operate', undefined],
    'a batch that is a list': ['scene:operate', []],
    'a batch without operations': ['scene:operate', { seq: 1, operations: [] }],
    'a seq of zero': ['scene:operate', { seq: 0, operations: [{ type: 'remove', ids: ['a'] }] }],
    'too many operations': [
      'scene:operate',
      { seq: 1, operations: Array(limits.maxOperationsPerMessage + 1).fill({ type: 'remove', ids: ['a'] }) },
    ],
    'a cursor that is a word': ['cursor:move', 'here'],
    'a name that is empty': ['person:rename', '   '],
    'a name that is too long': ['person:rename', 'x'.repeat(limits.maxNameCharacters + 1)],
    'a palette colour by name': ['palette:add', 'red'],
    'a palette colour with alpha': ['palette:remove', '#11223344'],
    'a room name with control characters': ['room:rename', 'a\u001bb'],
    'a frame by a path': ['frame:paint', { frameId: '../x' }],
    'a preview that is an object': ['preview:shown', {}],
    'too much ink in one message': [
      'scene:operate',
      { seq: 1, operations: Array(3).fill(add(buildStroke({ points: Array(3000).fill(0) }))) },
    ],
    bytes: ['scene:operate', new Uint8Array(100)],
  }
  test.each(Object.entries(cases))('%s', async (_name, [event, message]) => {
    expect(await say(event, message)).toMatchObject({ ok: false, error: { code: 'message/invalid' } })
  })
  test('a message without anyone to answer harms nobody', async () => {
    const socket = ada.socket as unknown as { emit(event: string, ...message: unknown[]): void }
    for (const event of ['scene:operate', 'room:enter', 'nothing', 'person:rename'])
      socket.emit(event, { __proto__: 1 })
    expect(await say('frame:history', { frameId: 'nobody' })).toMatchObject({ ok: false })
  })
  test('frames and pictures that are not here', async () => {
    for (const event of ['frame:paint', 'frame:cancel', 'frame:history']) {
      expect(await say(event, { frameId: 'nobody' })).toMatchObject({ ok: false, error: { code: 'frame/missing' } })
    }
    const restore = await say('frame:restore', { frameId: 'nobody', picture: 'x' })
    expect(restore).toMatchObject({ ok: false, error: { code: 'frame/missing' } })
  })
})

test('O7: a message over the limit closes its own socket, and the room goes on', async () => {
  const cookie = await server.newGuest()
  const giant = await enterRoom({ url: server.url, secret: secrets.edit, cookie })
  let closed = 0
  giant.socket.on('disconnect', () => closed++)
  giant.socket.emit('cursor:move', 'x'.repeat(limits.maxMessageBytes + 1) as never)
  await until(() => closed > 0)
  await until(() => giant.isSettled)
  giant.close()
  expect(await say('cursor:move', { x: 1, y: 1 })).toMatchObject({ ok: true })
})

describe('who may come in', () => {
  const enter = (fields: object, cookies = cookie) =>
    new Promise<Reply<unknown> | Error>(resolve => {
      const socket = io(server.url, {
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
        extraHeaders: { cookie: cookies },
      })
      socket.on('connect_error', error => resolve(Object.assign(error, { close: socket.close() })))
      socket.on('connect', () => {
        const ask = { protocol: protocolVersion, secret: secrets.edit, client: 'c1', clock: null, ...fields }
        socket.emit('room:enter', ask, (reply: Reply<unknown>) => {
          socket.close()
          resolve(reply)
        })
      })
    })
  test('E3: a forged secret opens nothing', async () => {
    const forged = secrets.edit.slice(0, -1) + (secrets.edit.endsWith('A') ? 'B' : 'A')
    for (const secret of [forged, 'x', "' OR 1=1 --", '%', secrets.edit.toLowerCase()]) {
      if (secret === secrets.edit) continue
      expect(await enter({ secret })).toMatchObject({ ok: false, error: { code: 'room/missing' } })
    }
    expect(await enter({ secret: '' })).toMatchObject({ ok: false, error: { code: 'message/invalid' } })
    expect(await enter({ secret: { contains: '' } })).toMatchObject({ ok: false, error: { code: 'message/invalid' } })
  })
  test('E2: a page of another version is asked to reload', async () => {
    expect(await enter({ protocol: protocolVersion + 1 })).toMatchObject({
      ok: false,
      error: { code: 'protocol/version' },
    })
  })
  test('a forged cookie is nobody', async () => {
    for (const forged of ['', 'fourstroke_guest=x', `${cookie}x`]) {
      expect(await enter({}, forged)).toMatchObject({ data: { code: 'guest/missing' } })
    }
  })
  test('E4: nobody takes over another person’s page', async () => {
    const other = await server.newGuest()
    expect(await enter({ client: ada.client }, other)).toMatchObject({ ok: false, error: { code: 'room/client' } })
  })
  test('E1: nothing happens before a room is entered', async () => {
    const socket = io(server.url, { transports: ['websocket'], forceNew: true, extraHeaders: { cookie } })
    const reply = await new Promise(resolve =>
      socket.emit('scene:operate', { seq: 1, operations: [add(stroke)] }, resolve),
    )
    expect(reply).toMatchObject({ ok: false, error: { code: 'room/not-entered' } })
    socket.close()
  })
  test('another website’s page is refused on both doors', async () => {
    const headers = { cookie, origin: 'https://evil.example' }
    for (const transport of ['websocket', 'polling']) {
      const socket = io(server.url, {
        transports: [transport],
        forceNew: true,
        reconnection: false,
        extraHeaders: headers,
      })
      await new Promise(resolve => socket.on('connect_error', resolve))
      socket.close()
    }
    expect((await fetch(`${server.url}/rooms`, { method: 'POST', headers })).status).toBe(403)
    expect((await fetch(`${server.url}/upload`, { method: 'POST', headers })).status).toBe(403)
  })
})

test('E3: a viewer sees everything and changes nothing', async () => {
  const viewerCookie = await server.newGuest()
  const viewer = await enterRoom({ url: server.url, secret: secrets.view, cookie: viewerCookie })
  expect(viewer.welcome).toMatchObject({ you: { role: 'viewer' }, links: { edit: null } })
  expect(JSON.stringify(viewer.welcome)).not.toContain(secrets.edit)
  viewer.operate(add(buildRectangle({ id: 'by-viewer' })))
  await until(() => viewer.errors.length > 0)
  expect(viewer.errors).toMatchObject([{ code: 'room/viewer' }])
  expect(viewer.sync.scene.elements.has('by-viewer')).toBe(false)
  expect(viewer.isSettled).toBe(true)
  const refusals = await Promise.all([
    viewer.ask(reply => viewer.socket.emit('frame:paint', { frameId: 'x' }, reply)),
    viewer.ask(reply => viewer.socket.emit('frame:cancel', { frameId: 'x' }, reply)),
    viewer.ask(reply => viewer.socket.emit('frame:restore', { frameId: 'x', picture: 'x' }, reply)),
    viewer.ask(reply => viewer.socket.emit('room:rename', 'mine', reply)),
    viewer.ask(reply => viewer.socket.emit('palette:add', '#112233', reply)),
    viewer.ask(reply => viewer.socket.emit('palette:remove', '#112233', reply)),
  ])
  for (const reply of refusals) expect(reply).toMatchObject({ ok: false, error: { code: 'room/viewer' } })
  const upload = await fetch(`${server.url}/upload`, {
    method: 'POST',
    headers: { cookie: viewerCookie, 'x-room-secret': secrets.view, 'content-type': 'image/png' },
    body: new Uint8Array(await createCanvas(4, 4).encode('png')),
  })
  expect(upload.status).toBe(403)
  ada.operate(add(buildRectangle({ id: 'by-ada' })))
  await until(() => viewer.sync.scene.elements.has('by-ada'))
  viewer.close()
})

test('O8: too much at once is put off, not lost', async () => {
  const eager = openRoomClient({ url: server.url, secret: secrets.edit, cookie })
  eager.connect()
  await until(() => eager.isSettled)
  // More than the allowance; every change is of another element, so none can be joined with the one before.
  for (let i = 0; i < limits.operationsPerSecond * 5; i++) eager.operate(add(buildRectangle({ id: `e${i}`, x: 3000 })))
  await until(() => eager.isSettled)
  expect(eager.errors).toEqual([])
  await until(() => ada.sync.clock === eager.sync.clock)
  expect(ada.sync.scene.elements.has(`e${limits.operationsPerSecond * 5 - 1}`)).toBe(true)
  eager.close()
})

describe('uploads', () => {
  const png = async (width = 8, height = 8) => new Uint8Array(await createCanvas(width, height).encode('png'))
  const upload = (body: Uint8Array, type = 'image/png', headers: Record<string, string> = {}) =>
    fetch(`${server.url}/upload`, {
      method: 'POST',
      headers: { cookie, 'x-room-secret': secrets.edit, 'content-type': type, ...headers },
      body: new Uint8Array(body),
    })
  const bytes = (text: string) => new TextEncoder().encode(text)
  /** A PNG that says it is enormous and has nothing in it. */
  async function hugePng() {
    const image = await png()
    const view = new DataView(image.buffer)
    view.setUint32(16, 20_000)
    view.setUint32(20, 20_000)
    return image
  }
  async function animated() {
    const frames = await sharp(new Uint8Array(8 * 16 * 3), {
      raw: { width: 8, height: 16, channels: 3, pageHeight: 8 },
    })
      .gif({ delay: [100, 100] })
      .toBuffer()
    return new Uint8Array(frames)
  }
  const svg = bytes('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
  const cases: Record<string, readonly [make: () => Promise<Uint8Array>, type: string, code: RegExp]> = {
    truncated: [async () => (await png(64, 64)).slice(0, 60), 'image/png', /^image\/broken$/],
    '20 000 × 20 000': [hugePng, 'image/png', /^image\/(large|broken)$/],
    'really 12 001 × 9': [() => png(12_001, 9), 'image/png', /^image\/large$/],
    animated: [animated, 'image/gif', /^image\/(animated|type)$/],
    SVG: [async () => svg, 'image/svg+xml', /^image\/type$/],
    'SVG that calls itself PNG': [async () => svg, 'image/png', /^image\/type$/],
    'words that call themselves PNG': [async () => bytes('hello'), 'image/png', /^image\/type$/],
    nothing: [async () => new Uint8Array(), 'image/png', /^(image\/type|message\/invalid)$/],
    'a type that is no image': [async () => bytes('<html>'), 'text/html', /^message\/invalid$/],
    'too many bytes': [async () => new Uint8Array(limits.maxUploadBytes + 1), 'image/png', /^body\/large$/],
  }
  test.each(Object.entries(cases))('%s is refused in words', async (_name, [make, type, code]) => {
    const response = await upload(await make(), type)
    const error = (await response.json()) as ErrorPayload
    expect(error.code).toMatch(code)
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(response.status).toBeLessThan(500)
    expect(errorText(error)).toMatch(/\.$/)
  })
  test('only people in the room may bring images', async () => {
    expect((await upload(await png(), 'image/png', { 'x-room-secret': 'forged' })).status).toBe(404)
    expect((await upload(await png(), 'image/png', { cookie: '' })).status).toBe(401)
    expect((await upload(await png())).status).toBe(200)
  })
  test('files are served as images and nothing else', async () => {
    const { file } = (await (await upload(await png())).json()) as { file: string }
    const served = await fetch(`${server.url}/files/${file}`, { headers: { cookie } })
    expect(served.headers.get('content-type')).toBe('image/png')
    expect(served.headers.get('x-content-type-options')).toBe('nosniff')
    expect(served.headers.get('content-security-policy')).toContain('sandbox')
    expect(served.headers.get('cache-control')).toContain('immutable')
    for (const path of ['x', '..%2f..%2ffourstroke.db', '%2e%2e/fourstroke.db', '0'.repeat(64), `${file}/..`]) {
      expect((await fetch(`${server.url}/files/${path}`)).status).toBe(404)
    }
  })
})

test('after all this the server has nothing to be sorry for', () => {
  expect(server.faults).toEqual([])
  expect(server.bugs).toEqual([])
})
