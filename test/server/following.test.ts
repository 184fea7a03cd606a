import { expect, test } from 'vitest'
import { ask, idOf, serveEachTest } from '../support/openings.ts'
import { type RoomClient, until } from '../support/roomClient.ts'
import { add, buildRectangle } from '../support/scenes.ts'

const site = serveEachTest()
const follow = (page: RoomClient, person: string | null) => ask(page, 'person:follow', person)

test('P17: a page follows what somebody looks at, until it stops or they go', async () => {
  const { ada, cy } = await site.openRoom()
  const followers: (readonly string[])[] = []
  const views: unknown[] = []
  ada.socket.on('followers:changed', now => followers.push(now))
  cy.socket.on('view:moved', moved => views.push(moved))
  const view = { x: 1, y: 2, width: 300, height: 200 }
  ada.socket.emit('view:show', view)
  expect(await follow(cy, idOf(ada))).toMatchObject({ ok: true })
  await until(() => followers.length === 1)
  ada.socket.emit('view:show', { ...view, x: 5 })
  await until(() => views.length === 1)
  // What was shown before anybody followed was shown to nobody.
  expect(views).toEqual([{ person: idOf(ada), view: { ...view, x: 5 } }])
  await follow(cy, null)
  await until(() => followers.length === 2)
  await follow(cy, idOf(ada))
  cy.close()
  await until(() => followers.length === 4)
  expect(followers).toEqual([[idOf(cy)], [], [idOf(cy)], []])
  // Nobody follows themselves, nor somebody who is not here.
  await follow(ada, idOf(ada))
  await follow(ada, idOf(cy))
  expect(followers).toHaveLength(4)
})

test('P18: whoever only watches points as well, and the others see that it is pointing', async () => {
  const { ada, cy } = await site.openRoom()
  const seen: unknown[] = []
  ada.socket.on('cursors:moved', cursors => seen.push(...cursors))
  cy.socket.emit('cursor:move', { x: 7, y: 8, isPointing: true })
  await until(() => seen.length > 0)
  expect(seen).toEqual([{ person: idOf(cy), at: { x: 7, y: 8, isPointing: true } }])
})

test('P19: names those who have drawn here and are gone, and nobody from elsewhere', async () => {
  const { ada, ben, cookies, secrets } = await site.openRoom()
  const stranger = (await site.openRoom()).ada
  ben.close()
  const drawing = await site.enter(secrets.edit, cookies.ben)
  drawing.operate(add(buildRectangle({ id: 'r' })))
  await until(() => ada.sync.scene.elements.has('r'))
  drawing.close()
  const find = (ids: readonly string[]) =>
    ada.ask<unknown>(reply => ada.socket.emit('people:find', ids, reply as never))
  const found = await find([ada.sync.scene.elements.get('r')!.author, idOf(stranger), 'nobody'])
  expect(found).toMatchObject({ ok: true, value: [{ id: idOf(drawing), name: drawing.welcome!.you.name }] })
})
