import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Uploaded } from '../../protocol/http.ts'
import type { Picture } from '../../studio/studio.ts'
import { enterRoom, type RoomClient, until } from '../support/roomClient.ts'
import { add, buildFrame } from '../support/scenes.ts'
import { buildServer, type TestServer } from '../support/server.ts'
import { untilEnded } from '../support/studio.ts'

let server: TestServer
beforeAll(async () => {
  server = await buildServer()
})
afterAll(async () => {
  expect(server.faults).toEqual([])
  await server.close()
})

const get = (path: string, cookie = '') => fetch(`${server.url}${path}`, { headers: { cookie } })
const statusOf = async (path: string, cookie?: string) => (await get(path, cookie)).status
const personOf = (cookie: string) => server.studio.people.fromSecret(cookie.split('=')[1]!)

async function upload(cookie: string, secret: string, background: string): Promise<string> {
  const image = await sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .png()
    .toBuffer()
  const headers = { cookie, 'x-room-secret': secret, 'content-type': 'image/png' }
  const response = await fetch(`${server.url}/upload`, { method: 'POST', headers, body: new Uint8Array(image) })
  return ((await response.json()) as Uploaded).file
}

async function paint(cookie: string, prompt: string): Promise<Picture> {
  const { job } = await server.studio.pictures.request((await personOf(cookie))!.id, 'chat', { prompt })
  return (await untilEnded(server.studio, job)).pictures[0]!
}

const place = (file: string, id = 'image') => add({ id, kind: 'image', z: 'a0', x: 0, y: 0, width: 8, height: 8, file })

/** What the server said about one operation. */
async function tryOperation(client: RoomClient, seq: number, operation: ReturnType<typeof place>): Promise<string> {
  const reply = await client.ask<{ rejected: { error: { code: string } }[] }>(answer =>
    client.socket.emit('scene:operate', { seq, operations: [operation] }, answer as never),
  )
  return reply.ok ? (reply.value.rejected[0]?.error.code ?? 'stored') : reply.error.code
}

describe('an image', () => {
  test('is seen by whoever brought it, and by the room once it stands there', async () => {
    const [ada, ben, eve] = [await server.newGuest(), await server.newGuest(), await server.newGuest()]
    const { edit, view } = await server.newRoom(ada)
    const file = await upload(ada, edit, '#112233')
    const path = `/files/${file}`
    const served = await get(path, ada)
    expect([served.status, served.headers.get('cache-control')]).toEqual([200, expect.stringMatching(/^private,/)])
    expect(await statusOf(path)).toBe(404)
    expect(await statusOf(path, eve)).toBe(404)
    // Ben is in the room, but it is not there yet.
    const page = await enterRoom({ url: server.url, secret: view, cookie: ben })
    expect(await statusOf(path, ben)).toBe(404)
    const owner = await enterRoom({ url: server.url, secret: edit, cookie: ada })
    owner.operate(place(file))
    await until(() => page.sync.scene.elements.has('image'))
    expect(await statusOf(path, ben)).toBe(200)
    expect(await statusOf(path, eve)).toBe(404)
    for (const client of [page, owner]) client.close()
  })

  test('cannot be found out by its hash: neither by asking nor by placing it', async () => {
    const [ada, eve] = [await server.newGuest(), await server.newGuest()]
    const { edit } = await server.newRoom(ada)
    const file = await upload(ada, edit, '#445566')
    const { edit: hers } = await server.newRoom(eve)
    const client = await enterRoom({ url: server.url, secret: hers, cookie: eve })
    const there = await tryOperation(client, 1, place(file, 'there'))
    const nowhere = await tryOperation(client, 2, place('0'.repeat(64), 'nowhere'))
    expect([there, nowhere]).toEqual(['file/missing', 'file/missing'])
    const answers = await Promise.all(
      [file, '0'.repeat(64)].map(async hash => (await get(`/files/${hash}`, eve)).text()),
    )
    expect(answers[0]).toBe(answers[1])
    client.close()
  })

  test('may be put into another room by whoever has seen it', async () => {
    const [ada, ben, kim] = [await server.newGuest(), await server.newGuest(), await server.newGuest()]
    const { edit } = await server.newRoom(ada)
    const file = await upload(ada, edit, '#778899')
    const owner = await enterRoom({ url: server.url, secret: edit, cookie: ada })
    owner.operate(place(file))
    await until(() => owner.isSettled)
    const friend = await enterRoom({ url: server.url, secret: edit, cookie: ben })
    const { edit: elsewhere } = await server.newRoom(ben)
    const other = await enterRoom({ url: server.url, secret: elsewhere, cookie: ben })
    expect(await tryOperation(other, 1, place(file))).toBe('stored')
    expect(await statusOf(`/files/${file}`, kim)).toBe(404)
    const guest = await enterRoom({ url: server.url, secret: elsewhere, cookie: kim })
    expect(await statusOf(`/files/${file}`, kim)).toBe(200)
    for (const client of [owner, friend, other, guest]) client.close()
  })
})

describe('a picture', () => {
  test('from chat is seen by whoever asked for it alone', async () => {
    const [ada, eve] = [await server.newGuest(), await server.newGuest()]
    const picture = await paint(ada, 'a secret')
    for (const path of [`/pictures/${picture.id}.png`, `/files/${picture.file}`]) {
      expect([await statusOf(path, ada), await statusOf(path, eve), await statusOf(path)]).toEqual([200, 404, 404])
    }
    const served = await get(`/pictures/${picture.id}.png`, ada)
    expect(served.headers.get('cache-control')).toBe('private, no-cache')
    const read = (cookie: string) => get('/api/pictures', cookie).then(response => response.json())
    expect(await read(ada)).toHaveLength(1)
    expect(await read(eve)).toEqual([])
  })

  test('of a frame is seen by whoever has been in its room', async () => {
    const [ada, ben, eve] = [await server.newGuest(), await server.newGuest(), await server.newGuest()]
    const { edit, view } = await server.newRoom(ada)
    const owner = await enterRoom({ url: server.url, secret: edit, cookie: ada })
    const viewer = await enterRoom({ url: server.url, secret: view, cookie: ben })
    owner.operate(add(buildFrame({ live: false })))
    await until(() => owner.isSettled)
    await owner.ask(reply => owner.socket.emit('frame:paint', { frameId: 'frame' }, reply))
    await until(() => viewer.kept.length === 1)
    const { picture, file } = viewer.kept[0]!
    for (const path of [`/pictures/${picture}.png`, `/files/${file}`]) {
      expect([await statusOf(path, ada), await statusOf(path, ben), await statusOf(path, eve)]).toEqual([200, 200, 404])
    }
    for (const client of [owner, viewer]) client.close()
  })

  test('that a room opens with is seen by whoever enters it', async () => {
    const [ada, ben] = [await server.newGuest(), await server.newGuest()]
    const picture = await paint(ada, 'an opening')
    const person = (await personOf(ada))!
    const { links } = await server.studio.rooms.create(person.id, { name: 'From chat', opening: picture.id })
    expect(await statusOf(`/files/${picture.file}`, ben)).toBe(404)
    const guest = await enterRoom({ url: server.url, secret: links.view, cookie: ben })
    await until(() => guest.sync.scene.elements.size > 0)
    for (const path of [`/pictures/${picture.id}.png`, `/files/${picture.file}`])
      expect(await statusOf(path, ben)).toBe(200)
    guest.close()
  })
})

describe('a link to a picture', () => {
  test('shows it to whoever has it, without an account, until it is deleted', async () => {
    const ada = await server.newGuest()
    const { id: person } = (await personOf(ada))!
    const picture = await paint(ada, 'to be shown')
    const { pictures } = server.studio
    const secret = await pictures.link(person, picture.id)
    expect(secret).toMatch(/^[\w-]{22}$/)
    expect(secret).not.toBe(picture.id)
    expect(await pictures.link(person, picture.id)).toBe(secret)
    const shown = await get(`/pictures/${secret}.png`)
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(shown.headers.get('set-cookie')).toBeNull()
    await pictures.remove(picture.job, person)
    expect(await statusOf(`/pictures/${secret}.png`)).toBe(404)
    expect(await statusOf(`/pictures/${secret}.png`, ada)).toBe(404)
  })

  test('is given by those alone who may see it', async () => {
    const [ada, eve] = [await server.newGuest(), await server.newGuest()]
    const picture = await paint(ada, 'not to be shown')
    const { pictures } = server.studio
    await expect(pictures.link((await personOf(eve))!.id, picture.id)).rejects.toMatchObject({
      code: 'picture/missing',
    })
  })
})
