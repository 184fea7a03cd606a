import { describe, expect, test } from 'vitest'
import type { StoredOperation } from '../../../protocol/events.ts'
import type { NewElement, Operation } from '../../../protocol/scene.ts'
import { createRoomScene, type RoomScene } from '../../../web/room/roomScene.ts'
import { buildFrame, buildStroke, buildWelcome } from '../builders.ts'

function add(id: string, over: Parameters<typeof buildStroke>[0] = {}): Operation {
  const { author, removed, ...element } = buildStroke({ id, ...over })
  return { type: 'add', element: element satisfies NewElement }
}
const stored = (clock: number, operation: Operation, from: Partial<StoredOperation> = {}) => ({
  operations: [{ clock, client: 'theirs', seq: clock, author: 'jo', operation, ...from }],
})

/** A room that has been entered while it was empty. */
function enter(): RoomScene {
  const room = createRoomScene('mine')
  room.entered({ ...buildWelcome(), scene: { type: 'all', elements: [] } })
  return room
}
const ids = (room: RoomScene) => room.elements.map(element => element.id)

describe('the drawing of a room', () => {
  test('shows my stroke at once and counts it until it is stored', () => {
    const room = enter()
    expect(room.operate([add('a')])).toEqual([])
    expect(ids(room)).toEqual(['a'])
    expect(room.counts).toEqual({ unsent: 1, undo: true, redo: false })
    const batch = room.sync.nextBatch()!
    expect(room.received(stored(1, batch.operations[0]!, { client: 'mine', seq: batch.seq }))).toBe(true)
    expect(room.counts.unsent).toBe(0)
  })

  test('says why an operation could not be applied, and shows the others', () => {
    const room = enter()
    expect(room.operate([add('a'), { type: 'change', id: 'nobody', change: { x: 1 } }, add('b')])).toHaveLength(1)
    expect(ids(room)).toEqual(['a', 'b'])
  })

  test('tells of many changes once, with all that changed', async () => {
    const room = enter()
    const heard: string[][] = []
    const stop = room.onChange(changed => heard.push(changed.map(element => element.id)))
    room.operate([add('a'), add('b')])
    room.received(stored(1, add('c')))
    expect(heard).toEqual([])
    await Promise.resolve()
    expect(heard).toEqual([['a', 'b', 'c']])
    stop()
    room.operate([add('d')])
    await Promise.resolve()
    expect(heard).toHaveLength(1)
  })

  test('keeps a list of its frames', async () => {
    const room = enter()
    const { author, removed, ...frame } = buildFrame()
    room.operate([{ type: 'add', element: frame }, add('a')])
    await Promise.resolve()
    expect(room.frames.get().map(one => one.id)).toEqual(['frame'])
  })

  test('finds a gap between the operations that came', () => {
    const room = enter()
    expect(room.received(stored(1, add('a')))).toBe(true)
    expect(room.received(stored(3, add('c')))).toBe(false)
  })
})

describe('what a painting does not show yet', () => {
  test('is what was changed after its clock, and everything of mine that is not stored', () => {
    const room = enter()
    room.received(stored(1, add('old')))
    room.received(stored(2, add('new')))
    room.operate([add('mine')])
    const newer = room.elements.filter(element => room.isNewerThan(1, element)).map(element => element.id)
    expect(newer.sort()).toEqual(['mine', 'new'])
    room.received(stored(3, { type: 'change', id: 'old', change: { x: 5 } }))
    expect(room.isNewerThan(2, room.elements.find(({ id }) => id === 'old')!)).toBe(true)
  })

  test('is nothing of what was drawn before this page came', () => {
    const room = createRoomScene('mine')
    room.entered({ ...buildWelcome({ clock: 7 }), scene: { type: 'all', elements: [buildStroke()] } })
    expect(room.isNewerThan(0, room.elements[0]!)).toBe(false)
  })
})

describe('undo', () => {
  test('takes back one gesture at a time, mine only', () => {
    const room = enter()
    room.operate([add('a')], 'first')
    room.operate([{ type: 'extend', id: 'a', from: 2, points: [120, 0, 1], done: true }], 'first')
    room.operate([add('b')], 'second')
    room.received(stored(1, add('theirs')))
    expect(room.undo()).toEqual([])
    expect(ids(room).sort()).toEqual(['a', 'theirs'])
    room.undo()
    expect(ids(room)).toEqual(['theirs'])
    expect(room.counts).toMatchObject({ undo: false, redo: true })
    room.redo()
    expect(ids(room).sort()).toEqual(['a', 'theirs'])
  })
})
