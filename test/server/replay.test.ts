import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RoomShown } from '../../protocol/http.ts'
import { unpackElements } from '../../protocol/packScene.ts'
import {
  playStep,
  type ReplayFacts,
  type ReplayPart,
  replayPartHeader,
  replayPath,
  stepsOf,
} from '../../protocol/replay.ts'
import type { SceneElement } from '../../protocol/scene.ts'
import { asRoomId } from '../../studio/studio.ts'
import { enterRoom, until } from '../support/roomClient.ts'
import { add, buildFrame, buildStroke } from '../support/scenes.ts'
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
const personOf = async (cookie: string) => (await server.studio.people.fromSecret(cookie.split('=')[1]!))!
const secretOf = (link: string) => link.split('/').at(-1)!

/** A room in which somebody has drawn so many strokes. */
async function drawRoom(strokes: number) {
  const cookie = await server.newGuest()
  const links = await server.newRoom(cookie)
  const page = await enterRoom({ url: server.url, secret: secretOf(links.edit), cookie })
  for (let index = 0; index < strokes; index++) page.operate(add(buildStroke({ id: `s${index}`, x: index })))
  await until(() => page.isSettled && page.sync.scene.elements.size === strokes)
  const [{ id }] = (await (await get('/api/rooms', cookie)).json()) as [RoomShown]
  return { cookie, links, page, id }
}

const factsOf = async (id: string, cookie: string) => (await (await get(replayPath(id), cookie)).json()) as ReplayFacts

async function replay(id: string, cookie: string): Promise<Map<string, SceneElement>> {
  const { after, upTo } = await factsOf(id, cookie)
  const scene = await get(`${replayPath(id)}/${after}/scene`, cookie)
  const begun = unpackElements(new Uint8Array(await scene.arrayBuffer()))
  const elements = new Map(begun.map(element => [element.id, element]))
  for (let clock = after; clock < upTo; ) {
    const answer = await get(`${replayPath(id)}/${clock}`, cookie)
    expect(answer.status).toBe(200)
    for (const step of stepsOf((await answer.json()) as ReplayPart, clock)) playStep(elements, step)
    clock = Number(answer.headers.get(replayPartHeader))
  }
  return elements
}

test('E9: a replay is told to whoever may look at the room, from the log and from the archive alike', async () => {
  const { cookie, links, page, id } = await drawRoom(5)
  expect(await factsOf(id, cookie)).toEqual({ after: 0, upTo: 5, pictures: [] })
  expect([...(await replay(id, cookie)).values()]).toEqual([...page.sync.scene.elements.values()])
  const scene = JSON.stringify({ version: 1, elements: [...page.sync.scene.elements.values()] })
  for (const clock of [2, 4, 5]) await server.studio.rooms.snapshot(asRoomId(id), clock, scene)
  const viewer = await server.newGuest()
  expect((await get(replayPath(id), viewer)).status).toBe(404)
  const guest = await enterRoom({ url: server.url, secret: secretOf(links.view), cookie: viewer })
  expect([...(await replay(id, viewer)).values()]).toEqual([...page.sync.scene.elements.values()])
  // Whoever is removed sees nothing more of it.
  const person = (await personOf(viewer)).id
  await page.ask(reply => page.socket.emit('member:remove', { person }, reply as never))
  for (const path of ['', '/0', '/0/scene']) {
    expect((await get(`${replayPath(id)}${path}`, viewer)).status).toBe(404)
    expect((await get(`${replayPath(id)}${path}`)).status).toBeGreaterThanOrEqual(400)
  }
  guest.close()
  page.close()
})

test('names the pictures of its frames with the times at which they came', async () => {
  const { cookie, page, id } = await drawRoom(1)
  page.operate(add(buildFrame({ id: 'f', live: false })))
  await until(() => page.isSettled)
  const { id: person } = await personOf(cookie)
  const options = { prompt: 'a sea', width: 32, height: 32, frame: { room: asRoomId(id), frameId: 'f' } }
  const { job } = await server.studio.pictures.request(person, 'canvas', options)
  const [picture] = (await untilEnded(server.studio, job)).pictures
  const { pictures } = await factsOf(id, cookie)
  expect(pictures).toEqual([
    {
      ...{ frameId: 'f', file: picture!.file, shownAt: picture!.finishedAt!.getTime() },
      drawnAt: picture!.requestedAt.getTime(),
    },
  ])
  page.close()
})

test('names the picture that somebody has brought back, and nobody can say so of another file', async () => {
  const { cookie, page, id } = await drawRoom(1)
  page.operate(add(buildFrame({ id: 'f' })))
  await until(() => page.kept.length === 1)
  page.operate({ type: 'change', id: 'f', change: { seed: 8 } })
  await until(() => page.kept.length === 2)
  const { picture, file } = page.kept[0]!
  await page.ask(reply => page.socket.emit('frame:restore', { frameId: 'f', picture }, reply))
  const { upTo } = await factsOf(id, cookie)
  const part = (await (await get(`${replayPath(id)}/${upTo - 1}`, cookie)).json()) as ReplayPart
  expect(stepsOf(part, upTo - 1)).toMatchObject([{ operation: { type: 'change', id: 'f', shows: file } }])
  page.operate({ type: 'change', id: 'f', change: { seed: 9 }, shows: 'f'.repeat(64) })
  await until(() => page.errors.length > 0)
  expect(page.errors[0]).toMatchObject({ code: 'message/invalid' })
  page.close()
})

test('refuses what is no clock, and answers nothing beyond the last', async () => {
  const { cookie, page, id } = await drawRoom(1)
  expect((await get(`${replayPath(id)}/1`, cookie)).status).toBe(204)
  for (const after of ['-1', 'x', '1.5']) {
    const answer = await get(`${replayPath(id)}/${after}`, cookie)
    expect([answer.status, await answer.json()]).toEqual([400, expect.objectContaining({ code: 'message/invalid' })])
  }
  page.close()
})
