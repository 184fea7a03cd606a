import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorPayload, errorPayload } from '../../protocol/errors.ts'
import type { Person, StopKind } from '../../studio/studio.ts'
import { enterRoom, type RoomClient, until } from '../support/roomClient.ts'
import { add, buildRectangle } from '../support/scenes.ts'
import { buildServer, type TestServer } from '../support/server.ts'
import { buildStudio } from '../support/studio.ts'

let server: TestServer
let operator: Person
beforeAll(async () => {
  server = await buildServer({ operators: ['99'], leaseMs: 300 })
  operator = await server.studio.people.fromDiscord({ discordId: '99', name: 'Olga' })
})
afterAll(async () => {
  expect(server.faults).toEqual([])
  await server.close()
})

/** Ada's room with her and Ben in it, and what each page was told when it was closed. */
async function buildRoom() {
  const [ada, ben] = [await server.newGuest(), await server.newGuest()]
  const { edit: secret } = await server.newRoom(ada)
  const enter = async (cookie: string) => watchClosing(await enterRoom({ url: server.url, secret, cookie }))
  const pages = [await enter(ada), await enter(ben)] as const
  const closeAll = () => {
    for (const { client } of pages) client.close()
  }
  return { pages, room: pages[0].client.welcome!.room.id, enter, ada, closeAll }
}

function watchClosing(client: RoomClient) {
  const told: ErrorPayload[] = []
  client.socket.on('room:closed', error => told.push(error))
  return { client, told }
}

const stop = (kind: StopKind, subject: string) =>
  server.studio.moderation.stop(operator.id, { kind, subject, reason: 'Too loud.' })
const closedBy = (code: Parameters<typeof errorPayload>[0]) => ({
  code,
  message: expect.stringContaining('Too loud.'),
})

test('whoever is stopped is told so on every open page, which is closed and comes back in no more', async () => {
  const { pages, enter, ada, closeAll } = await buildRoom()
  const [mine, bens] = pages
  await stop('person', mine.client.welcome!.you.id)
  await until(() => mine.told.length > 0 && mine.client.errors.length > 0)
  expect(mine.told[0]).toMatchObject(closedBy('person/stopped'))
  // It has connected again at once, as a page does whose line is lost.
  expect(mine.client.errors[0]).toMatchObject(closedBy('person/stopped'))
  expect((await enter(ada)).client.welcome).toBeNull()
  await until(() => bens.client.people.length === 1)
  bens.client.operate(add(buildRectangle({ id: 'r1' })))
  await until(() => bens.client.isSettled)
  expect(bens.told).toEqual([])
  closeAll()
})

test('a room that is stopped is closed for everybody in it', async () => {
  const { pages, room, closeAll } = await buildRoom()
  const other = await buildRoom()
  await stop('room', room)
  await until(() => pages.every(({ told }) => told.length > 0))
  for (const { told } of pages) expect(told[0]).toMatchObject(closedBy('room/stopped'))
  expect(other.pages.every(({ told, client }) => told.length === 0 && client.socket.connected)).toBe(true)
  closeAll()
  other.closeAll()
})

test('a stop in another program on this database closes pages here', async () => {
  const { pages, closeAll } = await buildRoom()
  const beside = await buildStudio({
    dataFolder: server.folder,
    databaseUrl: `file:${server.folder}/fourstroke.db`,
    operators: ['99'],
    resume: 'none',
  })
  const subject = pages[1].client.welcome!.you.id
  await beside.studio.moderation.stop(operator.id, { kind: 'person', subject, reason: 'Too loud.' })
  await until(() => pages[1].told.length > 0)
  expect(pages[1].told[0]).toMatchObject(closedBy('person/stopped'))
  expect(pages[0].told).toEqual([])
  closeAll()
  await beside.close()
})
