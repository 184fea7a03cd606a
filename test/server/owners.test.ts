import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { ServerToClient } from '../../protocol/events.ts'
import type { RoomShown } from '../../protocol/http.ts'
import type { RoomMember } from '../../protocol/person.ts'
import { ask, idOf, serveEachTest } from '../support/openings.ts'
import { type RoomClient, until } from '../support/roomClient.ts'
import { add, buildRectangle } from '../support/scenes.ts'

const site = serveEachTest()
const { enter, openRoom } = site

/** Resolves with what the server says next under this name. */
const next = <E extends keyof ServerToClient>({ socket }: RoomClient, event: E) =>
  new Promise<Parameters<ServerToClient[E]>[0]>(resolve => (socket.once as CallableFunction)(event, resolve))

describe('P15: an owner', () => {
  test('sees everybody who has been here, and says who may do what', async () => {
    const { ada, ben, cy, cookies, secrets } = await openRoom()
    const members = await ask(ada, 'room:members', null)
    expect(members).toMatchObject({ ok: true, value: [{ role: 'owner' }, { role: 'editor' }, { role: 'viewer' }] })
    const links = next(ben, 'links:changed')
    expect(await ask(ada, 'member:role', { person: idOf(ben), role: 'viewer' })).toMatchObject({ ok: true })
    expect(await links).toEqual({ edit: null, view: `/r/${secrets.view}` })
    expect(ada.people.find(({ id }) => id === idOf(ben))?.role).toBe('viewer')
    ben.operate(add(buildRectangle({ id: 'late' })))
    await until(() => ben.errors.length > 0)
    expect(ben.errors[0]).toMatchObject({ code: 'room/viewer' })
    // The link to draw does not give it back.
    expect((await enter(secrets.edit, cookies.ben)).welcome!.you.role).toBe('viewer')
    // And the link to watch does not keep Cy from drawing.
    expect(await ask(ada, 'member:role', { person: idOf(cy), role: 'editor' })).toMatchObject({ ok: true })
    cy.operate(add(buildRectangle({ id: 'mine' })))
    await until(() => ada.sync.scene.elements.has('mine'))
    expect((await enter(secrets.view, cookies.cy)).welcome!.you.role).toBe('editor')
  })

  test('removes somebody, whom no link lets in until an owner says so', async () => {
    const { ada, ben, cookies, secrets } = await openRoom()
    const closed = next(ben, 'room:closed')
    expect(await ask(ada, 'member:remove', { person: idOf(ben) })).toMatchObject({ ok: true })
    expect(await closed).toMatchObject({ code: 'room/removed' })
    for (const secret of [secrets.edit, secrets.view]) {
      expect((await enter(secret, cookies.ben)).errors).toMatchObject([{ code: 'room/removed' }])
    }
    const members = (await ask(ada, 'room:members', null)) as { value: RoomMember[] }
    expect(members.value.map(({ role }) => role)).toEqual(['owner', 'viewer', null])
    expect(await ask(ada, 'member:role', { person: idOf(ben), role: 'editor' })).toMatchObject({ ok: true })
    expect((await enter(secrets.view, cookies.ben)).welcome!.you.role).toBe('editor')
  })

  test('renews the links: the old ones lead nowhere, and whoever is here stays', async () => {
    const { ada, ben, cy, cookies, secrets } = await openRoom()
    const [bens, cys] = [next(ben, 'links:changed'), next(cy, 'links:changed')]
    expect(await ask(ada, 'room:renew-links', null)).toMatchObject({ ok: true })
    const { edit, view } = await bens
    expect(await cys).toEqual({ edit: null, view })
    ben.operate(add(buildRectangle({ id: 'still here' })))
    await until(() => cy.sync.scene.elements.size === 1 || ben.errors.length > 0)
    for (const secret of [secrets.edit, secrets.view]) {
      expect((await enter(secret, cookies.ben)).errors).toMatchObject([{ code: 'room/missing' }])
    }
    expect((await enter(edit!.split('/').at(-1)!, cookies.ben)).welcome!.you.role).toBe('editor')
    expect((await enter(view.split('/').at(-1)!, await site.server.newGuest())).welcome!.you.role).toBe('viewer')
  })

  test('deletes the room for everybody, also while somebody draws', async () => {
    const { ada, ben, cookies, secrets } = await openRoom()
    const closed = next(ben, 'room:closed')
    for (let index = 0; index < 20; index++) ben.operate(add(buildRectangle({ id: `r${index}` })))
    void ask(ada, 'room:delete', null)
    expect(await closed).toMatchObject({ code: 'room/deleted' })
    await until(() => !ada.socket.connected && !ben.socket.connected)
    expect((await enter(secrets.edit, cookies.ada)).errors).toMatchObject([{ code: 'room/missing' }])
    // A room of the same people is another room.
    const again = await site.server.newRoom(cookies.ada)
    expect((await enter(again.edit, cookies.ben)).welcome!.clock).toBe(0)
  })

  test('stays one as long as there is no other', async () => {
    const { ada, ben } = await openRoom()
    const me = { person: idOf(ada) }
    const refused = { ok: false, error: { code: 'room/last-owner' } }
    expect(await ask(ada, 'member:role', { ...me, role: 'editor' })).toMatchObject(refused)
    expect(await ask(ada, 'member:remove', me)).toMatchObject(refused)
    expect(await ask(ada, 'member:role', { person: idOf(ben), role: 'owner' })).toMatchObject({ ok: true })
    expect(await ask(ada, 'member:role', { ...me, role: 'editor' })).toMatchObject({ ok: true })
    expect(await ask(ada, 'room:lock', true)).toMatchObject({ ok: false, error: { code: 'room/owner' } })
  })

  test('is who owns the room, and nobody else', async () => {
    const { ben, ada } = await openRoom()
    const refused = { ok: false, error: { code: 'room/owner' } }
    expect(await ask(ben, 'room:members', null)).toMatchObject(refused)
    expect(await ask(ben, 'member:role', { person: idOf(ada), role: 'viewer' })).toMatchObject(refused)
    expect(await ask(ben, 'member:remove', { person: idOf(ada) })).toMatchObject(refused)
    expect(await ask(ben, 'room:lock', true)).toMatchObject(refused)
    expect(await ask(ben, 'room:renew-links', null)).toMatchObject(refused)
    expect(await ask(ben, 'room:delete', null)).toMatchObject(refused)
    const stranger = { ok: false, error: { code: 'room/member' } }
    expect(await ask(ada, 'member:role', { person: 'nobody', role: 'viewer' })).toMatchObject(stranger)
    expect(await ask(ada, 'member:remove', { person: 'nobody' })).toMatchObject(stranger)
    const formless = { ok: false, error: { code: 'message/invalid' } }
    expect(await ask(ada, 'member:role', { person: idOf(ben), role: 'king' as 'owner' })).toMatchObject(formless)
  })
})

test('P16: in a locked room nobody draws but its owners, and everybody is told', async () => {
  const { ada, ben, cookies, secrets } = await openRoom()
  const locked = next(ben, 'room:locked')
  expect(await ask(ada, 'room:lock', true)).toMatchObject({ ok: true })
  expect(await locked).toBe(true)
  ben.operate(add(buildRectangle({ id: 'no' })))
  await until(() => ben.errors.length > 0)
  expect(ben.errors[0]).toMatchObject({ code: 'room/locked' })
  ada.operate(add(buildRectangle({ id: 'yes' })))
  await until(() => ben.sync.scene.elements.has('yes'))
  const upload = await fetch(`${site.server.url}/upload`, {
    method: 'POST',
    headers: { cookie: cookies.ben, 'x-room-secret': secrets.edit, 'content-type': 'image/png' },
    body: new Uint8Array(8),
  })
  expect(await upload.json()).toMatchObject({ code: 'room/locked' })
  expect((await enter(secrets.edit, cookies.ben)).welcome).toMatchObject({ isLocked: true })
  const unlocked = next(ben, 'room:locked')
  expect(await ask(ada, 'room:lock', false)).toMatchObject({ ok: true })
  expect(await unlocked).toBe(false)
  ben.operate(add(buildRectangle({ id: 'again' })))
  await until(() => ada.sync.scene.elements.has('again'))
})

describe('the rooms of somebody', () => {
  const listFor = async (cookie: string) =>
    (await (await fetch(`${site.server.url}/api/rooms`, { headers: { cookie } })).json()) as RoomShown[]

  test('are listed with a picture of what is drawn, those first in which somebody has drawn last', async () => {
    const { ada, ben, cookies } = await openRoom()
    const later = await site.server.newRoom(cookies.ada)
    ben.operate(add(buildRectangle({ id: 'red', x: 0, y: 0, width: 480, height: 320, fill: '#ff0000', stroke: null })))
    await until(() => ada.sync.scene.elements.has('red'))
    const [first, second] = await listFor(cookies.ada)
    expect(first).toMatchObject({ id: ada.welcome!.room.id, role: 'owner', isLocked: false })
    expect(second).toMatchObject({ link: `/r/${later.edit}` })
    const image = await fetch(site.server.url + first!.picture, { headers: { cookie: cookies.ada } })
    expect(image.headers.get('content-type')).toBe('image/webp')
    const { dominant } = await sharp(Buffer.from(await image.arrayBuffer())).stats()
    expect(dominant).toMatchObject({ r: expect.closeTo(248, -1.2), g: expect.closeTo(8, -1.2) })
    const stranger = await fetch(site.server.url + first!.picture, {
      headers: { cookie: await site.server.newGuest() },
    })
    expect(stranger.status).toBe(404)
  })

  test('are left by those who do not own them, and deleted by those who do', async () => {
    const { ada, cookies } = await openRoom()
    const room = ada.welcome!.room.id
    const drop = async (path: string, cookie: string) =>
      (await fetch(`${site.server.url}/api/rooms/${path}`, { method: 'DELETE', headers: { cookie } })).json()
    expect(await drop(room, cookies.ben)).toMatchObject({ code: 'room/owner' })
    expect(await drop(`${room}/me`, cookies.ada)).toMatchObject({ code: 'room/last-owner' })
    expect(await drop(`${room}/me`, cookies.ben)).toBeNull()
    expect(await listFor(cookies.ben)).toEqual([])
    expect(await drop(room, cookies.ada)).toBeNull()
    expect(await listFor(cookies.ada)).toEqual([])
    expect(await drop(room, cookies.ada)).toMatchObject({ code: 'room/missing' })
  })
})
