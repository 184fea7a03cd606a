/** What raw packets and requests get of a room from those who may not: who watches, whom a lock keeps from drawing, who was removed. */
import { expect, test } from 'vitest'
import type { ClientToServer } from '../../protocol/events.ts'
import type { RoomShown } from '../../protocol/http.ts'
import { replayPath } from '../../protocol/replay.ts'
import { openFrameViewer } from '../support/frameViewer.ts'
import { ask, serveEachTest } from '../support/openings.ts'
import { until } from '../support/roomClient.ts'
import { add, buildFrame } from '../support/scenes.ts'

const site = serveEachTest()

/** With a painted frame. */
async function buildRoom() {
  const room = await site.openRoom()
  const { ada } = room
  ada.operate(add(buildFrame({ id: 'f', prompt: 'red', live: false })))
  await until(() => ada.isSettled)
  expect(await ask(ada, 'frame:paint', { frameId: 'f' })).toMatchObject({ ok: true })
  await until(() => ada.kept.length > 0)
  return { ...room, picture: ada.kept[0]! }
}

/** Whatever changes something, or speaks to Discord for the room. */
const changes = (picture: string): readonly (readonly [keyof ClientToServer, unknown])[] => [
  ['scene:operate', { seq: 1, operations: [add(buildFrame({ id: 'g' }))] }],
  ['scene:operate', { seq: 1, operations: [{ type: 'change', id: 'f', change: { options: { regions: [] } } }] }],
  ['frame:paint', { frameId: 'f' }],
  ['frame:paint', { frameId: 'f', options: { outpaint: { left: 64, top: 0, right: 0, bottom: 0 } } }],
  ['frame:cancel', { frameId: 'f' }],
  ['frame:save', { frameId: 'f' }],
  ['frame:restore', { frameId: 'f', picture }],
  ['frame:send', { frameId: 'f', picture, channel: null, request: 'a-request-of-this-page', mayDraw: false }],
  ['discord:places', null],
  ['discord:channels', '1234567890'],
  ['room:rename', 'Mine'],
  ['palette:add', '#112233'],
  ['palette:remove', '#112233'],
]

test.each([
  ['who watches', 'room/viewer', 'cy'],
  ['whom a lock keeps from drawing', 'room/locked', 'ben'],
] as const)('%s changes nothing by whatever packet, and is told why', async (_, code, who) => {
  const room = await buildRoom()
  if (code === 'room/locked') await ask(room.ada, 'room:lock', true)
  for (const [event, message] of changes(room.picture.picture)) {
    const answer = await ask(room[who], event, message as never)
    expect([event, answer]).toMatchObject([event, { ok: false, error: { code } }])
  }
  // And sees everything all the same.
  expect(await ask(room[who], 'frame:history', { frameId: 'f' })).toMatchObject({ ok: true, value: [{}] })
})

test('who was removed has nothing of the room left, on any page and by any address', async () => {
  const { ada, ben, cookies, secrets, picture } = await buildRoom()
  const { id } = ada.welcome!.room
  const statusOf = async (path: string, cookie = cookies.ben) =>
    (await fetch(site.server.url + path, { headers: { cookie } })).status
  const paths = [`/rooms/${id}.webp`, replayPath(id), `${replayPath(id)}/0`, `/files/${picture.file}`]
  const roomsOf = async (cookie: string) =>
    (await (await fetch(`${site.server.url}/api/rooms`, { headers: { cookie } })).json()) as RoomShown[]
  for (const path of paths) expect([path, await statusOf(path)]).toEqual([path, 200])
  expect(await ask(ada, 'member:remove', { person: ben.welcome!.you.id })).toMatchObject({ ok: true })
  await until(() => ben.errors.some(({ code }) => code === 'room/removed'))
  for (const path of paths) expect([path, await statusOf(path)]).toEqual([path, 404])
  expect(await statusOf(`/rooms/${secrets.edit}/scene`)).toBe(403)
  expect(await roomsOf(cookies.ben)).toEqual([])
  // The line is open, and in no room: whatever comes by it is refused.
  for (const [event, message] of changes(picture.picture)) {
    const answer = await ask(ben, event, message as never)
    expect([event, answer]).toMatchObject([event, { ok: false, error: { code: 'room/not-entered' } }])
  }
  expect(await ask(ben, 'frame:link', { frameId: 'f' })).toMatchObject({ error: { code: 'room/not-entered' } })
  for (const path of paths) expect([path, await statusOf(path, cookies.ada)]).toEqual([path, 200])
})

test('a room that is deleted leaves no stream, replay or thumbnail behind; a locked one goes on being shown', async () => {
  const { ada, ben, cookies } = await buildRoom()
  const { id } = ada.welcome!.room
  const link = await ada.ask<string>(reply => ada.socket.emit('frame:link', { frameId: 'f' }, reply))
  const path = link.ok ? link.value : ''
  const openViewer = async () => openFrameViewer({ url: site.server.url, cookie: await site.server.newGuest() }, path)
  await ask(ada, 'room:lock', true)
  const viewer = await openViewer()
  expect(await viewer.watch()).toMatchObject({ ok: true })
  await until(() => viewer.shown.length > 0)
  await ask(ben, 'room:delete', null)
  expect(viewer.socket.connected).toBe(true)
  void ask(ada, 'room:delete', null)
  await until(() => viewer.heard.includes('room:closed') && !viewer.socket.connected)
  const late = await openViewer()
  expect(await late.watch()).toMatchObject({ ok: false, error: { code: 'frame/link' } })
  late.socket.disconnect()
  for (const gone of [`/rooms/${id}.webp`, replayPath(id), `${replayPath(id)}/0`]) {
    expect((await fetch(site.server.url + gone, { headers: { cookie: cookies.ada } })).status).toBe(404)
  }
})
