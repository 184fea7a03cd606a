import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestEngine } from '../../support/engine.ts'
import { buildStudio, type TestStudio, untilEnded } from '../../support/studio.ts'

let test: TestStudio
beforeAll(async () => {
  test = await buildStudio({ engine: openTestEngine({ hasTinyAutoencoder: true }) })
})
afterAll(() => test?.close())

it('live pictures go through the tiny autoencoder and say so; those that are asked for through the full one', async () => {
  const { live, pictures, people, rooms } = test.studio
  const { person } = await people.newGuest('Ada')
  const { room } = await rooms.create(person.id, { name: 'Studio' })
  const settings = { prompt: 'a house', seed: 1, steps: 2, guidance: 8, width: 16, height: 16 }
  const request = { ...settings, room: room.id, frameId: 'f' }
  const end = await (await live.paint(person.id, request)).ended
  if (end.type !== 'finished') throw new Error(`Expected a finished picture, got ${end.type}`)
  expect(test.engine.asks.at(-1)).toMatchObject({ priority: 'live', autoencoder: 'tiny' })
  const saved = await live.save(person.id, request, end)
  expect(saved.recipe.autoencoder).toBe('tiny')

  const again = async (sameSeed: boolean) => {
    const { job } = await pictures.again(person.id, saved.id, { sameSeed })
    return (await untilEnded(test.studio, job)).pictures[0]!
  }
  expect((await again(true)).file).toBe(saved.file)
  expect((await again(false)).recipe.autoencoder).toBeUndefined()
  await pictures.request(person.id, 'canvas', settings)
  expect(test.engine.asks.at(-1)!.autoencoder).toBeUndefined()
})
