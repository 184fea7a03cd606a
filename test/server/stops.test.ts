import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorPayload, errorPayload } from '../../protocol/errors.ts'
import type { Person, StopKind } from '../../studio/studio.ts'
import { openFrameViewer } from '../support/frameViewer.ts'
import { enterRoom, type RoomClient, until } from '../support/roomClient.ts'
import { add, buildFrame, buildRectangle } from '../support/scenes.ts'
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
  hint: 'The reason: Too loud.',
})

test('the page of a frame ends with the room that operators have stopped, and says why', async () => {
  const { pages, room, closeAll } = await buildRoom()
  const [{ client }] = pages
  client.operate(add(buildFrame({ id: 'f', live: false })))
  await until(() => client.isSettled)
  const link = await client.ask<string>(reply => client.socket.emit('frame:link', { frameId: 'f' }, reply))
  const path = link.ok ? link.value : ''
  const openViewer = async () => openFrameViewer({ url: server.url, cookie: await server.newGuest() }, path)
  const viewer = await openViewer()
  expect(await viewer.watch()).toMatchObject({ ok: true })
  await stop('room', room)
  await until(() => viewer.heard.includes('room:closed') && !viewer.socket.connected)
  const other = await openViewer()
  expect(await other.watch()).toMatchObject({ ok: false, error: closedBy('room/stopped') })
  other.socket.disconnect()
  closeAll()
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

/** Every route that writes, as the program declares it. */
const writingRoutes = readdirSync('server')
  .filter(name => name.endsWith('.ts'))
  .flatMap(name => [
    ...readFileSync(`server/${name}`, 'utf8').matchAll(/app\.(post|put|patch|delete)(?:<[^(]*>)?\(\s*'([^']+)'/g),
  ])
  .map(([, method, path]) => `${method!.toUpperCase()} ${path}`)

/** What is theirs to take away, who they are, and what they have seen. */
const openWhileStopped = [
  'DELETE /api/styles/:id',
  'DELETE /api/styles/:id/learn',
  'DELETE /api/styles/:id/pictures/:picture',
  'POST /api/reports',
  'POST /auth/code',
  'POST /auth/out',
  'POST /guest',
]

test('the program has the routes that whoever is stopped may use', () => {
  expect(writingRoutes.length).toBeGreaterThan(20)
  expect(writingRoutes).toEqual(expect.arrayContaining(openWhileStopped))
})

test.each(writingRoutes)('whoever is stopped is refused by %s, or may do no more than take away', async route => {
  const cookie = await server.newGuest()
  const secret = await server.newRoom(cookie)
  const { person } = (await (await fetch(`${server.url}/guest`, { method: 'POST', headers: { cookie } })).json()) as {
    person: Person
  }
  const style = await server.studio.styles.create(person.id, { name: 'Mine' })
  await stop('person', person.id)
  const [method, path] = route.split(' ') as [string, string]
  const address = path.replace(':id', style.id).replace(/:\w+/g, 'x')
  const headers = { cookie, 'content-type': 'application/json', 'x-room-secret': secret.edit }
  const answer = await fetch(`${server.url}${address}`, { method, headers, body: '{}' })
  const { code } = ((await answer.json()) ?? {}) as Partial<ErrorPayload>
  if (openWhileStopped.includes(route)) expect(code).not.toBe('person/stopped')
  else expect([answer.status, code]).toEqual([403, 'person/stopped'])
})

test('whoever is stopped is refused by every message of a page, and by the studio for every face', async () => {
  const { pages, enter, ada, closeAll } = await buildRoom()
  const { id } = pages[0].client.welcome!.you
  const person = id as Person['id']
  const style = await server.studio.styles.create(person, { name: 'Before' })
  await stop('person', person)
  await until(() => pages[0].told.length > 0)
  const again = (await enter(ada)).client
  again.connect()
  await until(() => again.socket.connected)
  const refused = new Map<string, string>()
  const messages = {
    'scene:operate': { seq: 1, operations: [add(buildRectangle({ id: 'late' }))] },
    'person:rename': 'Somebody',
    'room:rename': 'Mine',
    'palette:add': '#112233',
    'palette:remove': '#112233',
    'frame:paint': { frameId: 'f' },
    'frame:cancel': { frameId: 'f' },
    'frame:save': { frameId: 'f' },
    'frame:restore': { frameId: 'f', picture: 'p' },
  } as const
  for (const [event, message] of Object.entries(messages)) {
    const reply = await new Promise<{ ok: boolean; error?: ErrorPayload }>(resolve => {
      again.socket.emit(event as 'scene:operate', message as never, resolve as never)
    })
    refused.set(event, reply.error?.code ?? 'done')
  }
  expect(new Set(refused.values())).toEqual(new Set(['room/not-entered']))
  const { styles, rooms, people } = server.studio
  for (const act of [
    () => rooms.create(person, { name: 'Another' }),
    () => styles.create(person, { name: 'After' }),
    () => styles.rename(person, style.id, 'After'),
    () => styles.share(person, style.id, 'nobody' as never),
    () => styles.learn(person, style.id),
    () => styles.setDefault(person, style.id),
    () => styles.addPictures(person, style.id, []),
    () => people.rename(person, 'After'),
    () => people.join(person, operator.id),
    () => server.studio.pictures.request(person, 'canvas', { prompt: 'a house' }),
  ]) {
    await expect(act()).rejects.toMatchObject({ code: 'person/stopped' })
  }
  await styles.remove(person, style.id)
  again.close()
  closeAll()
})
