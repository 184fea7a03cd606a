/** Live frames of a model with a tiny autoencoder (TAESD), over real sockets. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Engine, openEngine } from '../../engine/index.ts'
import type { PictureId } from '../../studio/studio.ts'
import type { TestEngine } from '../support/engine.ts'
import { assemblePipeline } from '../support/pipelines.ts'
import { enterRoom, type RoomClient, until } from '../support/roomClient.ts'
import { add, buildFrame, buildRectangle } from '../support/scenes.ts'
import { buildServer, type TestServer } from '../support/server.ts'
import { temporaryFolder } from '../support/studio.ts'

const { folder, remove } = temporaryFolder()
let server: TestServer
let ada: RoomClient

beforeAll(async () => {
  const modelFolder = assemblePipeline('taesd', folder)
  const engine = await openEngine({ modelFolder, device: 'cpu', threads: 1, batches: [1], warmUp: false })
  // Nothing here looks into it, as tests do with theirs.
  server = await buildServer({ engine: engine as Engine as TestEngine })
  const cookie = await server.newGuest()
  ada = await enterRoom({ url: server.url, secret: (await server.newRoom(cookie)).edit, cookie })
})
afterAll(async () => {
  ada?.close()
  await server?.close()
  remove()
})

test('are painted with it and say so when they are saved; a picture that is asked for has the full one', async () => {
  const recipeOf = async (picture: string) => (await server.studio.pictures.find(picture as PictureId))!.recipe
  ada.operate(add(buildFrame({ id: 'frame', prompt: 'a red house', live: true })))
  ada.operate(add(buildRectangle({ id: 'red', x: 30, y: 40, z: 'a3' })))
  await until(() => ada.shown.length > 0 && ada.states.get('frame')?.state === 'fresh')
  await until(() => ada.kept.length > 0)
  const live = ada.kept.at(-1)!
  expect(await recipeOf(live.picture)).toMatchObject({ autoencoder: 'tiny', image: expect.any(String) })

  const before = ada.kept.length
  const answer = await ada.ask(reply => ada.socket.emit('frame:paint', { frameId: 'frame' }, reply))
  expect(answer).toMatchObject({ ok: true })
  await until(() => ada.kept.length > before)
  const asked = ada.kept.at(-1)!
  expect((await recipeOf(asked.picture)).autoencoder).toBeUndefined()
  // The same drawing, seed and strength, but for the autoencoder.
  expect(asked.recipe.seed).toBe(live.recipe.seed)
  expect(asked.file).not.toBe(live.file)
})
