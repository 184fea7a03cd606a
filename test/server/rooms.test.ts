import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OperationBatch } from '../../protocol/events.ts'
import { boundsOf, unionOf } from '../../protocol/geometry.ts'
import { type FirstSceneFacts, firstSceneHeader, firstScenePath } from '../../protocol/http.ts'
import { unpackElements } from '../../protocol/packScene.ts'
import type { Element } from '../../protocol/scene.ts'
import { enterRoom, openRoomClient, until } from '../support/roomClient.ts'
import { add, buildFrame, buildLayer, buildRectangle, buildStroke, canonical } from '../support/scenes.ts'
import { buildServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await buildServer()
})
afterAll(() => server.close())

test('S1: a room that everybody has left is closed, and opened again whole, whenever somebody comes', async () => {
  const hasty = await buildServer({ lingerMs: 1 })
  const cookie = await hasty.newGuest()
  const { edit: secret } = await hasty.newRoom(cookie)
  const rooms = async () => /^fourstroke_rooms (\d+)$/m.exec(await (await fetch(`${hasty.url}/metrics`)).text())![1]
  for (let visit = 0; visit < 12; visit++) {
    const client = await enterRoom({ url: hasty.url, secret, cookie })
    expect(client.sync.scene.elements.size).toBe(visit)
    client.operate(add(buildRectangle({ id: `visit-${visit}` })))
    await until(() => client.isSettled)
    client.close()
    // Sometimes at once, sometimes while it is being closed, sometimes after.
    await new Promise(resolve => setTimeout(resolve, visit * 2))
  }
  while ((await rooms()) !== '0') await new Promise(resolve => setTimeout(resolve, 5))
  expect(hasty.faults).toEqual([])
  await hasty.close()
})

test('O8: a page that brings more than its allowance at once gets all of it stored, in order', async () => {
  const cookie = await server.newGuest()
  const { edit: secret } = await server.newRoom(cookie)
  const client = await enterRoom({ url: server.url, secret, cookie })
  const points = Array.from({ length: 60 }, (_, at) => [at, at % 7, 0.5]).flat()
  const ids = Array.from({ length: 260 }, (_, at) => `stroke-${at}`)
  // Many, and the last message a small one, which must not go ahead of larger ones that wait.
  for (const id of ids) client.operate(add(buildStroke({ id, points, done: true })))
  await until(() => client.isSettled)
  expect(client.sync.clock).toBe(ids.length)
  expect([...client.sync.scene.elements.keys()]).toEqual(ids)
  client.close()
})

async function buildRoom(people = 2) {
  const cookies = await Promise.all(Array.from({ length: people }, () => server.newGuest()))
  const secrets = await server.newRoom(cookies[0]!)
  const enter = (cookie: string, secret = secrets.edit) => enterRoom({ url: server.url, secret, cookie })
  const clients = []
  for (const cookie of cookies) clients.push(await enter(cookie))
  return { cookies, secrets, enter, clients }
}

test('E8: who could enter gets what is drawn before, and enters with its clock', async () => {
  const { clients, secrets, cookies } = await buildRoom()
  const [ada] = clients as [(typeof clients)[0]]
  const look = (secret: string, cookie?: string) =>
    fetch(`${server.url}${firstScenePath(secret)}`, { headers: cookie === undefined ? {} : { cookie } })
  const factsOf = (response: Response): FirstSceneFacts => JSON.parse(response.headers.get(firstSceneHeader)!)
  ada.operate(add(buildFrame({ id: 'f1', x: 0, y: 0, width: 256, height: 256, live: false })))
  ada.operate(add(buildStroke({ id: 's1' })))
  await until(() => ada.isSettled)

  const answer = await look(secrets.edit, cookies[1])
  const elements = unpackElements(new Uint8Array(await answer.arrayBuffer()))
  expect(elements.map(({ id }) => id).sort()).toEqual(['f1', 's1'])
  const facts = factsOf(answer)
  expect(facts).toMatchObject({ clock: ada.sync.clock, canEdit: true, hasFrames: true })
  expect(facts.box).toEqual(unionOf([...ada.sync.scene.elements.values()].map(one => boundsOf(one as Element))))
  expect(factsOf(await look(secrets.view, await server.newGuest())).canEdit).toBe(false)
  expect((await look(secrets.edit)).status).toBe(401)
  expect((await look('no-such-room', cookies[1])).status).toBe(404)

  // What has been drawn since comes with the welcome, and nothing of what is there already.
  ada.operate(add(buildStroke({ id: 's2' })))
  await until(() => ada.isSettled)
  const late = openRoomClient({ url: server.url, secret: secrets.edit, cookie: cookies[1]! })
  late.sync.foresee(elements)
  late.sync.foreseen(facts.clock)
  late.connect()
  await until(() => late.welcome !== null)
  expect(late.welcome!.scene).toMatchObject({ type: 'since', operations: [{ clock: facts.clock + 1 }] })
  expect(canonical(late.sync.scene)).toBe(canonical(ada.sync.scene))
  for (const client of [...clients, late]) client.close()
})

test('E8: a page of a room says where its scene is, to browsers that are known', async () => {
  const cookie = await server.newGuest()
  const { edit } = await server.newRoom(cookie)
  const link = async (path: string, headers: Record<string, string>) =>
    (await fetch(`${server.url}${path}`, { headers })).headers.get('link')
  expect(await link(`/r/${edit}`, { cookie })).toContain(`<${firstScenePath(edit)}>; rel=preload`)
  expect(await link(`/r/${edit}`, {})).toBeNull()
  expect(await link(`/r/${edit}?frame_id=1`, { cookie })).toBeNull()
})

test('O1: one draws and the other sees', async () => {
  const { clients } = await buildRoom()
  const [ada, ben] = clients as [(typeof clients)[0], (typeof clients)[0]]
  ada.operate(add(buildStroke({ id: 's1', done: false })))
  ada.operate({ type: 'extend', id: 's1', from: 3, points: [30, 10, 0.5], done: true })
  ben.operate(add(buildRectangle({ id: 'r1' })))
  await until(() => ada.isSettled && ben.isSettled && ada.sync.clock === 3 && ben.sync.clock === 3)
  expect(canonical(ada.sync.scene)).toBe(canonical(ben.sync.scene))
  const stroke = ben.sync.scene.elements.get('s1')
  expect(stroke).toMatchObject({ author: ada.welcome!.you.id, done: true, removed: false })
  expect(ada.people.map(person => person.role).sort()).toEqual(['editor', 'owner'])
  expect(server.faults).toEqual([])
  for (const client of clients) client.close()
})

test('A12 O6: what would change a locked layer is refused in words, and everybody has the same layers', async () => {
  const { clients } = await buildRoom()
  const [ada, ben] = clients as [(typeof clients)[0], (typeof clients)[0]]
  const settled = () => until(() => ada.isSettled && ben.isSettled && ada.sync.clock === ben.sync.clock)
  ada.operate(add(buildFrame({ live: false })))
  ada.operate(add(buildLayer()))
  ada.operate(add(buildStroke({ layer: 'layer' })))
  await settled()
  const operations = [
    { type: 'change', id: 'layer', change: { locked: true } },
    add(buildStroke({ id: 'late', layer: 'layer' })),
    { type: 'remove', ids: ['stroke'] },
    { type: 'change', id: 'layer', change: { name: 'Sky', opacity: 0.5 } },
  ]
  const batch = { seq: 1, operations } as OperationBatch
  const reply = await ben.ask(answer => ben.socket.emit('scene:operate', batch, answer))
  const error = { code: 'layer/locked', message: 'This layer is locked.' }
  expect(reply).toMatchObject({
    ok: true,
    value: {
      rejected: [
        { index: 1, error },
        { index: 2, error },
      ],
    },
  })
  await settled()
  expect(ada.sync.scene.elements.get('layer')).toMatchObject({ name: 'Sky', locked: true, opacity: 0.5 })
  expect(canonical(ada.sync.scene)).toBe(canonical(ben.sync.scene))
  expect(server.faults).toEqual([])
  for (const client of clients) client.close()
})

test('O3: a batch is answered after its operations have been sent to everybody', async () => {
  const { clients } = await buildRoom()
  const [ada, ben] = clients as [(typeof clients)[0], (typeof clients)[0]]
  const order: string[] = []
  ada.socket.on('scene:operated', () => order.push('sent to their author'))
  const sentToOthers = new Promise(resolve => ben.socket.on('scene:operated', resolve))
  const batch = { seq: 1, operations: [add(buildRectangle({ id: 'r1' }))] }
  const reply = await ada.ask(answer => ada.socket.emit('scene:operate', batch, answer))
  order.push('answered')
  expect(reply).toEqual({ ok: true, value: { clock: 1, rejected: [] } })
  expect(order).toEqual(['sent to their author', 'answered'])
  await sentToOthers
  for (const client of clients) client.close()
})

test('E5: a page that comes over a new connection takes the place of its older one', async () => {
  const { clients, cookies, secrets } = await buildRoom(1)
  const [older] = clients as [(typeof clients)[0]]
  const closed = new Promise(resolve => older.socket.once('disconnect', resolve))
  const newer = await enterRoom({ url: server.url, secret: secrets.edit, cookie: cookies[0]!, client: older.client })
  expect(await closed).toBe('io server disconnect')
  expect(newer.people).toHaveLength(1)
  for (const client of [older, newer]) client.close()
})
