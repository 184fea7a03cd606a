import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Reply } from '../../protocol/events.ts'
import { enterRoom, type RoomClient, until } from '../support/roomClient.ts'
import { add, buildRectangle } from '../support/scenes.ts'
import { buildServer, type TestServer } from '../support/server.ts'

let server: TestServer
const here: RoomClient[] = []
beforeAll(async () => {
  server = await buildServer()
})
afterEach(() => {
  for (const client of here.splice(0)) client.close()
  expect(server.faults).toEqual([])
})
afterAll(() => server.close())

async function buildRoom() {
  const [adas, bens] = [await server.newGuest(), await server.newGuest()]
  const { edit, view } = await server.newRoom(adas)
  const enter = async (secret: string, cookie: string) => {
    const client = await enterRoom({ url: server.url, secret, cookie })
    here.push(client)
    return client
  }
  return { ada: await enter(edit, adas), ben: await enter(view, bens), bens, edit, enter }
}
const idOf = (client: RoomClient): string => client.welcome!.you.id
const follow = ({ socket }: RoomClient, person: string | null) =>
  new Promise<Reply<null>>(resolve => socket.emit('person:follow', person, resolve))

test('P17: a page follows what somebody looks at, until it stops or they go', async () => {
  const { ada, ben } = await buildRoom()
  const followers: (readonly string[])[] = []
  const views: unknown[] = []
  ada.socket.on('followers:changed', now => followers.push(now))
  ben.socket.on('view:moved', moved => views.push(moved))
  const view = { x: 1, y: 2, width: 300, height: 200 }
  ada.socket.emit('view:show', view)
  expect(await follow(ben, idOf(ada))).toMatchObject({ ok: true })
  await until(() => followers.length === 1)
  ada.socket.emit('view:show', { ...view, x: 5 })
  await until(() => views.length === 1)
  // What was shown before anybody followed was shown to nobody.
  expect(views).toEqual([{ person: idOf(ada), view: { ...view, x: 5 } }])
  await follow(ben, null)
  await until(() => followers.length === 2)
  await follow(ben, idOf(ada))
  ben.close()
  await until(() => followers.length === 4)
  expect(followers).toEqual([[idOf(ben)], [], [idOf(ben)], []])
  // Nobody follows themselves, nor somebody who is not here.
  await follow(ada, idOf(ada))
  await follow(ada, idOf(ben))
  expect(followers).toHaveLength(4)
})

test('P18: whoever only watches points as well, and the others see that it is pointing', async () => {
  const { ada, ben } = await buildRoom()
  const seen: unknown[] = []
  ada.socket.on('cursors:moved', cursors => seen.push(...cursors))
  ben.socket.emit('cursor:move', { x: 7, y: 8, isPointing: true })
  await until(() => seen.length > 0)
  expect(seen).toEqual([{ person: idOf(ben), at: { x: 7, y: 8, isPointing: true } }])
})

test('P19: names those who have drawn here and are gone, and nobody from elsewhere', async () => {
  const { ada, ben, bens, edit, enter } = await buildRoom()
  const stranger = (await buildRoom()).ada
  ben.close()
  const drawing = await enter(edit, bens)
  drawing.operate(add(buildRectangle({ id: 'r' })))
  await until(() => ada.sync.scene.elements.has('r'))
  drawing.close()
  const find = (ids: readonly string[]) =>
    ada.ask<unknown>(reply => ada.socket.emit('people:find', ids, reply as never))
  const found = await find([ada.sync.scene.elements.get('r')!.author, idOf(stranger), 'nobody'])
  expect(found).toMatchObject({ ok: true, value: [{ id: idOf(drawing), name: drawing.welcome!.you.name }] })
})
