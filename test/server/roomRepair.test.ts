import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { openDatabase } from '../../prisma/database.ts'
import { isDepthKey, keyAbove } from '../../protocol/depth.ts'
import type { Element } from '../../protocol/scene.ts'
import { snapshotOf } from '../../server/roomRecord.ts'
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

/** A room with two snapshots, at clocks 2 and 4, and an operation after them; what breaks its rows before it is opened again. */
async function reopened(breakRows: (client: PrismaClient) => Promise<unknown>) {
  const { folder, remove } = temporaryFolder()
  closers.push(remove)
  const databaseUrl = `file:${join(folder, 'fourstroke.db')}`
  const first = await buildServer({ dataFolder: folder, databaseUrl })
  const cookie = await first.newGuest()
  const { edit: secret } = await first.newRoom(cookie)
  const person = (await first.studio.people.fromSecret(cookie.split('=')[1]!))!
  const { room } = (await first.studio.rooms.enter(secret, person.id))!
  const ids = ['a', 'b', 'c', 'd', 'e']
  await first.studio.rooms.append(
    room.id,
    ids.map(
      (id, index): OperationEntry => ({
        ...{ clock: index + 1, key: `old:${index + 1}`, author: person.id, operation: add(buildStroke({ id })) },
      }),
    ),
  )
  const drawn = (count: number) =>
    ids.slice(0, count).map(id => ({ ...element(id, 'a1'), author: person.id as string }) as Element)
  for (const clock of [2, 4]) {
    const scene = snapshotOf({ elements: drawn(clock), clients: new Map(), frames: {} })
    await first.studio.rooms.snapshot(room.id, clock, scene)
  }
  await first.close()
  const { client, close } = await openDatabase(databaseUrl)
  await breakRows(client)
  await close()

  const server = await buildServer({ dataFolder: folder, databaseUrl })
  closers.push(() => server.close())
  const enter = async () => {
    const page = await enterRoom({ url: server.url, secret, cookie })
    closers.push(() => page.close())
    return page
  }
  const ada = await enter()
  const shown = [...ada.sync.scene.elements.keys()].toSorted()
  ada.operate(add(buildStroke({ id: 'new' })))
  await until(() => ada.isSettled)
  expect(ada.errors).toEqual([])
  const newcomer = await enter()
  expect(newcomer.sync.scene.elements.has('new')).toBe(true)
  return { shown, faults: server.faults.map(fault => fault?.message) }
}

const halfText = '{"version":1,"elem'

test('a room whose newest snapshot is not JSON is read whole from the one before it', async () => {
  const { shown, faults } = await reopened(
    client => client.$executeRaw`UPDATE "Snapshot" SET "scene" = ${halfText} WHERE "clock" = 4`,
  )
  expect(shown).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(faults).toMatchObject([expect.stringContaining('its newest snapshot')])
})

test('a snapshot whose text within the JSON is cut off is not believed either', async () => {
  const { shown } = await reopened(client =>
    client.snapshot.updateMany({ where: { clock: 4 }, data: { scene: halfText } }),
  )
  expect(shown).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('a room with no snapshot that can be read opens with what its log still holds', async () => {
  const { shown, faults } = await reopened(client => client.$executeRaw`UPDATE "Snapshot" SET "scene" = ${halfText}`)
  expect(shown).toEqual(['c', 'd', 'e'])
  expect(faults).toMatchObject([expect.stringContaining('its operation 1, its operation 2')])
})

test('operations and elements that cannot be read are left out', async () => {
  const { shown, faults } = await reopened(async client => {
    await client.$executeRaw`UPDATE "Operation" SET "operation" = ${halfText} WHERE "clock" = 5`
    const elements = [null, 7, { id: 'x' }, { ...element('kept', 'a1'), author: 'ada' }]
    const scene = JSON.stringify({ version: 1, elements, clients: [null, ['a']], frames: { f: null } })
    await client.snapshot.updateMany({ where: { clock: 4 }, data: { scene } })
  })
  expect(shown).toEqual(['kept'])
  expect(faults).toMatchObject([expect.stringContaining('elements of its snapshot, its operation 5')])
})
