import { afterEach, expect, test } from 'vitest'
import { isDepthKey, keyAbove } from '../../protocol/depth.ts'
import type { Element } from '../../protocol/scene.ts'
import { repairElements } from '../../server/roomRepair.ts'
import type { OperationEntry } from '../../studio/studio.ts'
import { enterRoom, until } from '../support/roomClient.ts'
import { add, buildFrame, buildStroke } from '../support/scenes.ts'
import { buildServer } from '../support/server.ts'
import { temporaryFolder } from '../support/studio.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const element = (id: string, z: string): Element => ({ ...buildStroke({ id, z }), author: 'ada', removed: false })

test('depths that cannot be read come on top, in the order in which they lay', () => {
  const repaired = repairElements([
    element('b', 'zzzzz'),
    element('a', 'zzzz'),
    element('fine', 'a5'),
    element('c', 'A'),
  ])
  expect(repaired.map(({ id, z }) => [id, z])).toEqual([
    ['c', 'a6'],
    ['a', 'a7'],
    ['b', 'a8'],
  ])
  expect(repairElements(repaired)).toEqual([])
})

test('strokes whose page went away are finished', () => {
  const stroke = { ...element('a', 'a1'), done: false } as Element
  expect(repairElements([stroke])).toEqual([{ ...stroke, done: true }])
})

test('S2: a room in which a bad depth had stopped drawing is repaired when it is opened, for those who come back too', async () => {
  const { folder, remove } = temporaryFolder()
  closers.push(remove)
  const server = await buildServer({ dataFolder: folder, lingerMs: 0 })
  closers.push(() => server.close())
  const cookie = await server.newGuest()
  const { edit: secret } = await server.newRoom(cookie)
  const person = (await server.studio.people.fromSecret(cookie.split('=')[1]!))!
  const { room } = (await server.studio.rooms.enter(secret, person.id))!
  // As a server without the check has stored it.
  const operations = [
    add(buildStroke({ id: 'bad', z: 'zzzz' })),
    add(buildStroke({ id: 'fine', z: 'a1' })),
    add(buildFrame({ id: 'named', name: 'Sky\u202egnp' })),
  ]
  await server.studio.rooms.append(
    room.id,
    operations.map(
      (operation, index): OperationEntry => ({
        ...{ clock: index + 1, key: `old:${index + 1}`, author: person.id, operation },
      }),
    ),
  )

  const ada = await enterRoom({ url: server.url, secret, cookie })
  closers.push(() => ada.close())
  const elements = () => [...ada.sync.scene.elements.values()]
  expect(elements().filter(({ z }) => !isDepthKey(z))).toEqual([])
  expect(ada.sync.scene.elements.get('named')).toMatchObject({ name: 'Skygnp' })
  // Drawing on top works again, and what is drawn stays when the room is opened once more.
  const top = elements()
    .map(({ z }) => z)
    .toSorted()
    .at(-1)!
  ada.operate(add(buildStroke({ id: 'new', z: keyAbove(top) })))
  await until(() => ada.isSettled)
  expect(ada.errors).toEqual([])
  ada.close()
  // The room is left, closed and read from what is stored.
  const inMemory = async () =>
    /^fourstroke_rooms (\d+)$/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1]
  while ((await inMemory()) !== '0') await new Promise(resolve => setTimeout(resolve, 20))
  const again = await enterRoom({ url: server.url, secret, cookie })
  closers.push(() => again.close())
  expect(again.sync.scene).toEqual(ada.sync.scene)
  expect(server.faults).toEqual([])
})
