import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFrameViewer } from '../support/frameViewer.ts'
import { enterRoom, until } from '../support/roomClient.ts'
import { add, buildFrame } from '../support/scenes.ts'
import { buildServer, type TestServer } from '../support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await buildServer()
})
afterAll(() => server.close())

const openViewer = async (path: string) => openFrameViewer({ url: server.url, cookie: await server.newGuest() }, path)

test('P20: whoever has the link to a frame sees its pictures and nothing else, until the links are renewed', async () => {
  const cookie = await server.newGuest()
  const { edit, view } = await server.newRoom(cookie)
  const ada = await enterRoom({ url: server.url, secret: edit, cookie })
  ada.operate(add(buildFrame({ id: 'f', prompt: 'red' })))
  ada.operate(add(buildFrame({ id: 'g', prompt: 'blue', x: 2_000 })))
  await until(() => ada.shown.some(({ shown }) => shown.frameId === 'f'))
  const link = (client: typeof ada) =>
    client.ask<string>(answer => client.socket.emit('frame:link', { frameId: 'f' }, answer))
  const answer = await link(ada)
  const path = answer.ok ? answer.value : ''

  const viewer = await openViewer(path)
  expect(await viewer.watch()).toMatchObject({ ok: true, value: { width: expect.any(Number) } })
  await until(() => viewer.shown.length > 0)
  const before = viewer.shown.length
  ada.operate({ type: 'change', id: 'f', change: { prompt: 'green' } })
  ada.operate({ type: 'change', id: 'g', change: { prompt: 'green' } })
  await until(() => viewer.shown.length > before && ada.shown.some(({ shown }) => shown.frameId === 'g'))
  expect(new Set(viewer.heard)).toEqual(new Set(['frame:shown']))
  expect(new Set(viewer.shown.map(({ frameId }) => frameId))).toEqual(new Set(['f']))
  expect(ada.people).toHaveLength(1)

  const other = await openViewer(path)
  expect(await other.watch('nonsense')).toMatchObject({ ok: false, error: { code: 'frame/link' } })
  const watching = await enterRoom({ url: server.url, secret: view, cookie: await server.newGuest() })
  expect(await link(watching)).toMatchObject({ ok: false, error: { code: 'room/viewer' } })

  await ada.ask(reply => ada.socket.emit('room:renew-links', null, reply))
  await until(() => viewer.heard.includes('room:closed') && !viewer.socket.connected)
  expect(await other.watch()).toMatchObject({ ok: false, error: { code: 'frame/link' } })
  for (const { socket } of [viewer, other, ada, watching]) socket.disconnect()
  expect(server.faults).toEqual([])
})
