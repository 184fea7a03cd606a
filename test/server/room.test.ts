import { unzlibSync } from 'fflate'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { limits } from '../../protocol/limits.ts'
import { unpackElements } from '../../protocol/packScene.ts'
import type { Element, Operation } from '../../protocol/scene.ts'
import { createSceneSync } from '../../protocol/sync.ts'
import { openRoom, type Room } from '../../server/room.ts'
import { snapshotOf } from '../../server/roomRecord.ts'
import type { Person, RoomId, Studio } from '../../studio/studio.ts'
import { inflateScene } from '../support/roomClient.ts'
import { add, buildRectangle, buildStroke, canonical } from '../support/scenes.ts'
import { buildStudio, type TestStudio } from '../support/studio.ts'

let world: TestStudio
let person: Person
let id: RoomId
let failures: string[]
beforeEach(async () => {
  world = await buildStudio()
  person = (await world.studio.people.newGuest('Ada')).person
  id = (await world.studio.rooms.create(person.id, { name: 'Room' })).room.id
  failures = []
})
afterEach(() => world.close())

const open = (studio: Studio = world.studio): Promise<Room> =>
  openRoom(studio, id, {
    stored: () => undefined,
    frameRecords: () => ({}),
    paintedUpTo: () => null,
    lost: () => undefined,
    failed: words => failures.push(words),
  })
const scene = (elements: readonly Element[]) => snapshotOf({ elements, clients: new Map(), frames: {} })
const rectangles = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => add(buildRectangle({ id: `r${from + index}` })))

test('O2: what cannot be stored is not shown, and can be sent again', async () => {
  let isFull = true
  const append: Studio['rooms']['append'] = (room, entries) =>
    isFull ? Promise.reject(new Error('The disk is full')) : world.studio.rooms.append(room, entries)
  const room = await open({ ...world.studio, rooms: { ...world.studio.rooms, append } })
  const batch = { seq: 1, operations: rectangles(2) }
  expect(await room.operate(person.id, 'page', batch)).toMatchObject({ ok: false, error: { code: 'room/unsaved' } })
  expect([room.clock, room.scene.elements.size, failures.length]).toEqual([0, 0, 1])
  isFull = false
  expect(await room.operate(person.id, 'page', batch)).toEqual({ ok: true, value: { clock: 2, rejected: [] } })
  expect(room.scene.elements.size).toBe(2)
  await room.close()
})

test('O4: a batch that comes again is counted once, also after a snapshot and a restart', async () => {
  const first = await open()
  const batch = { seq: 1, operations: rectangles(3) }
  const change: Operation = { type: 'change', id: 'r0', change: { x: 5 } }
  await Promise.all([first.operate(person.id, 'page', batch), first.operate(person.id, 'page', batch)])
  await first.operate(person.id, 'other', { seq: 1, operations: [change] })
  await first.close()
  const second = await open()
  expect(canonical(second.scene)).toBe(canonical(first.scene))
  expect(second.welcome('page', null)).toMatchObject({ clock: 4, seq: 3 })
  await second.operate(person.id, 'page', batch)
  expect([second.clock, second.scene.elements.get('r0')]).toMatchObject([4, { x: 5 }])
  expect(second.claim('page', (await world.studio.people.newGuest('Ben')).person.id)).toBe(false)
  expect(second.claim('page', person.id)).toBe(true)
})

test('what comes in the very moment when the line is empty is not forgotten', async () => {
  const room = await open()
  for (let seq = 1; seq <= 3; seq++) await room.operate(person.id, 'page', { seq, operations: rectangles(1, seq) })
  expect(room.clock).toBe(3)
})

test('S1: after many operations a pause brings a snapshot, and no operation waits for it', async () => {
  const taken: number[] = []
  const snapshot: Studio['rooms']['snapshot'] = (room, clock, scene) => {
    taken.push(clock)
    return world.studio.rooms.snapshot(room, clock, scene)
  }
  const room = await open({ ...world.studio, rooms: { ...world.studio.rooms, snapshot } })
  for (let seq = 1; seq <= 1001; seq += 200) {
    await room.operate(person.id, 'page', { seq, operations: rectangles(Math.min(200, 1002 - seq), seq) })
  }
  expect(taken).toEqual([])
  while (taken.length === 0) await new Promise(resolve => setTimeout(resolve, 20))
  expect(taken).toEqual([1001])
  await room.close()
  expect(taken).toEqual([1001])
  expect(canonical((await open()).scene)).toBe(canonical(room.scene))
})

test('O5: a batch that is ahead of what is known is refused until the one before has come', async () => {
  const room = await open()
  const late = { seq: 4, operations: rectangles(1, 3) }
  expect(await room.operate(person.id, 'page', late)).toMatchObject({ ok: false, error: { code: 'room/order' } })
  await room.operate(person.id, 'page', { seq: 1, operations: rectangles(3) })
  expect(await room.operate(person.id, 'page', late)).toMatchObject({ ok: true, value: { clock: 4 } })
})

test('E6: who has been away a little gets what is missing, who has been away long gets the scene', async () => {
  const room = await open()
  await room.operate(person.id, 'page', { seq: 1, operations: rectangles(5) })
  const since = room.welcome('other', 3).scene
  expect(since.type === 'since' && since.operations.map(({ clock }) => clock)).toEqual([4, 5])
  expect(room.welcome('other', 5).scene).toEqual({ type: 'since', operations: [] })
  await room.prepareWelcome(null)
  expect(room.welcome('other', null).scene.type).toBe('packed')
  // A clock from another world: a restored backup, say.
  expect(room.welcome('other', 99).scene.type).toBe('all')
  await room.close()
  const again = await open()
  expect(again.welcome('other', 5).scene).toEqual({ type: 'since', operations: [] })
  expect(again.welcome('other', 4).scene.type).toBe('all')
})

test('E6: a newcomer gets what can be seen, packed once for many, and what has come since', async () => {
  const room = await open()
  await room.operate(person.id, 'page', { seq: 1, operations: rectangles(300) })
  await room.operate(person.id, 'page', { seq: 301, operations: [{ type: 'remove', ids: ['r7'] }] })
  const welcome = async () => {
    await room.prepareWelcome(null)
    const { scene: found } = room.welcome('new', null)
    if (found.type !== 'packed') throw new Error(`Expected a packed scene, got ${found.type}`)
    return found
  }
  const first = await welcome()
  expect(unpackElements(unzlibSync(new Uint8Array(first.elements)))).toHaveLength(299)
  expect([first.clock, first.operations]).toEqual([301, []])
  await room.operate(person.id, 'page', { seq: 302, operations: [{ type: 'restore', ids: ['r7'] }] })
  const second = await welcome()
  expect(second.elements).toBe(first.elements)
  // Whoever never had it gets it with the operation that brings it back.
  expect(second.operations).toMatchObject([{ clock: 302, restored: [{ id: 'r7', removed: false }] }])
  const newcomer = createSceneSync('new')
  const newcomerPerson = { id: 'x', name: 'X', color: '#000000', role: 'viewer' } as const
  const shown = room.welcome('new', null)
  newcomer.entered({ you: newcomerPerson, ...shown, scene: inflateScene(shown.scene) })
  expect(canonical(newcomer.scene)).toBe(canonical(room.scene))
  await room.operate(person.id, 'page', { seq: 303, operations: rectangles(600, 300) })
  expect((await welcome()).clock).toBe(902)
  await room.close()
})

test('P3: says what has changed after the pictures, also after a restart', async () => {
  const events = {
    stored: () => undefined,
    frameRecords: () => ({}),
    lost: () => undefined,
    failed: (words: string) => failures.push(words),
  }
  const upTo = (clock: number) => openRoom(world.studio, id, { ...events, paintedUpTo: () => clock })
  const room = await upTo(2)
  await room.operate(person.id, 'page', { seq: 1, operations: rectangles(2) })
  await room.operate(person.id, 'page', { seq: 3, operations: rectangles(1, 2) })
  expect(room.welcome('new', null).newer).toEqual([['r2', 3]])
  await room.close()
  const again = await upTo(2)
  expect(again.welcome('new', null).newer).toEqual([['r2', 3]])
  await again.close()
  expect((await upTo(3)).welcome('new', null).newer).toEqual([])
})

test('S2: what was removed makes room when nobody is here', async () => {
  const elements = Array.from({ length: limits.maxElements / 2 + 1 }, (_, index): Element => {
    return { ...buildRectangle({ id: `r${index}` }), author: person.id, removed: index > 0 }
  })
  await world.studio.rooms.append(id, [{ clock: 1, key: 'page:1', author: person.id, operation: rectangles(1)[0] }])
  await world.studio.rooms.snapshot(id, 1, scene(elements))
  const again = await open()
  expect([...again.scene.elements.keys()]).toEqual(['r0'])
  // A page that still holds the removed ones starts afresh.
  expect(again.welcome('page', again.clock).scene.type).toBe('all')
  expect((await open()).scene.elements.size).toBe(1)
  expect(failures).toEqual([])
})

test('O9: a room that is full of ink refuses more in words, and takes everything else', async () => {
  const points = new Array<number>(limits.maxPointsPerStroke * 3).fill(0)
  const strokes = limits.maxPointsPerRoom / limits.maxPointsPerStroke
  const elements = Array.from({ length: strokes }, (_, index): Element => {
    const stroke = buildStroke({ id: `s${index}`, points: index === 0 ? points.slice(6) : points })
    return { ...stroke, author: person.id, removed: index > 0 }
  })
  await world.studio.rooms.append(id, [{ clock: 1, key: 'page:1', author: person.id, operation: rectangles(1)[0] }])
  await world.studio.rooms.snapshot(id, 1, scene(elements.slice(1)))
  // What is removed counts until nobody is here.
  expect((await open()).scene.elements.size).toBe(0)

  await world.studio.rooms.snapshot(id, 1, scene(elements.map(element => ({ ...element, removed: false }))))
  const room = await open()
  const draw = (seq: number, stroke: string, points: number[]) =>
    room.operate(person.id, 'page', { seq, operations: [add(buildStroke({ id: stroke, points }))] })
  expect(await draw(1, 'long', points.slice(0, 9))).toMatchObject({
    value: { rejected: [{ error: { code: 'room/ink' } }] },
  })
  expect(await draw(2, 'short', points.slice(0, 6))).toMatchObject({ value: { rejected: [] } })
  expect(await draw(3, 'dot', points.slice(0, 3))).toMatchObject({
    value: { rejected: [{ error: { code: 'room/ink' } }] },
  })
  expect(await room.operate(person.id, 'page', { seq: 4, operations: rectangles(1) })).toMatchObject({
    value: { rejected: [] },
  })
})
