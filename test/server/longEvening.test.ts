import { afterEach, beforeEach, expect, test } from 'vitest'
import { limits } from '../../protocol/limits.ts'
import type { SceneElement } from '../../protocol/scene.ts'
import { readFrameInput } from '../../server/frameInput.ts'
import { createFrameRaster } from '../../server/raster.ts'
import { openRoom } from '../../server/room.ts'
import { openRoomStyles } from '../../server/roomStyles.ts'
import type { Person, Studio } from '../../studio/studio.ts'
import { add, buildFrame, buildRectangle, byId } from '../support/scenes.ts'
import { buildStudio, type TestStudio } from '../support/studio.ts'

let world: TestStudio
let person: Person
beforeEach(async () => {
  world = await buildStudio()
  person = (await world.studio.people.newGuest('Ada')).person
})
afterEach(() => world.close())

const made = <T extends object>(element: T, removed = false) => ({ ...element, author: person.id, removed })

/** Counts how often somebody walks through it. */
class WatchedElements extends Map<string, SceneElement> {
  walks = 0
  override values() {
    this.walks++
    return super.values()
  }
}

test('A8 O9: an evening of drawing and taking back does not fill a room', async () => {
  const { room: made } = await world.studio.rooms.create(person.id, { name: 'Room' })
  // What is stored is not what is tested.
  const rooms: Studio['rooms'] = {
    ...world.studio.rooms,
    append: async (_, entries) => [...entries],
    snapshot: async () => undefined,
  }
  const failures: string[] = []
  const room = await openRoom({ ...world.studio, rooms }, made.id, {
    stored: () => undefined,
    frameRecords: () => ({}),
    paintedUpTo: () => null,
    lost: () => undefined,
    failed: words => failures.push(words),
  })
  const strokes = 1_000
  for (let drawn = 0; drawn <= limits.maxElements; drawn += strokes) {
    const ids = Array.from({ length: strokes }, (_, index) => `r${drawn + index}`)
    const operations = [...ids.map(id => add(buildRectangle({ id }))), { type: 'remove' as const, ids }]
    const reply = await room.operate(person.id, 'page', { seq: room.clock + 1, operations })
    expect(reply).toMatchObject({ ok: true, value: { rejected: [] } })
  }
  expect([room.present.size, failures]).toEqual([0, []])
  const ids = [`r${limits.maxElements}`]
  const back = await room.operate(person.id, 'page', { seq: room.clock + 1, operations: [{ type: 'restore', ids }] })
  expect(back).toMatchObject({ ok: true, value: { rejected: [] } })
  expect([...room.present.keys()]).toEqual(ids)
})

test('a look at a frame walks through what is there, however much was removed', async () => {
  const frame = made(buildFrame())
  const gone = Array.from({ length: 100 }, (_, index) => made(buildRectangle({ id: `r${index}` }), true))
  const elements = new WatchedElements(byId([frame, ...gone, made(buildRectangle({ id: 'there' }))]))
  const present = byId([...elements.values()].filter(({ removed }) => !removed))
  const before = elements.walks
  const images = { load: async () => undefined, get: () => undefined }
  const room = { scene: { elements }, present, clock: 1 }
  const input = await readFrameInput('frame', room, createFrameRaster(), images, world.studio)
  expect(input?.raster.hasInk).toBe(true)
  expect(elements.walks).toBe(before)
})

test('whoever watches the styles of a room walks through it for frames alone, not for ink', async () => {
  const elements = byId([made(buildFrame()), made(buildRectangle())])
  const present = new WatchedElements(elements)
  const styles = await openRoomStyles({
    studio: world.studio,
    room: { scene: { elements }, present },
    emit: () => undefined,
    changed: () => undefined,
    failed: (_, cause) => expect.fail(String(cause)),
  })
  const before = present.walks
  for (let stroke = 0; stroke < 100; stroke++) styles.look(new Map([['rectangle', undefined]]))
  expect(present.walks).toBe(before)
  styles.look(new Map([['frame', undefined]]))
  expect(present.walks).toBeGreaterThan(before)
  await styles.close()
})
