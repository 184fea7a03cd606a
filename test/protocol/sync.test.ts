import { expect, test } from 'vitest'
import type { OperationBatch, StoredOperation } from '../../protocol/events.ts'
import { limits } from '../../protocol/limits.ts'
import type { Operation } from '../../protocol/scene.ts'
import { createSceneSync } from '../../protocol/sync.ts'
import { add, buildRectangle, buildStroke } from '../support/scenes.ts'

const you = { id: 'ada', name: 'Ada', color: '#102030', role: 'editor' } as const
const nothingYet = { you, clock: 0, seq: 0, scene: { type: 'all', elements: [] } } as const

function entered() {
  const sync = createSceneSync('page')
  sync.entered(nothingYet)
  return sync
}
const storedOf = (batch: OperationBatch, clock: number): StoredOperation[] =>
  batch.operations.map((operation, index) => {
    return { clock: clock + index, client: 'page', seq: batch.seq + index, author: 'ada', operation }
  })
const stored = (clock: number) => ({ ok: true, value: { clock, rejected: [] } }) as const

test('C1: an operation is shown at once, sent once, and settled by what was stored', () => {
  const sync = entered()
  sync.operate(add(buildStroke()))
  expect(sync.scene.elements.get('stroke')).toMatchObject({ author: 'ada' })
  const batch = sync.nextBatch()!
  expect(sync.nextBatch()).toBeNull()
  expect(sync.operated({ operations: storedOf(batch, 1) })).toBe(true)
  expect([sync.pending, sync.clock]).toEqual([0, 1])
  sync.answered(batch, stored(1))
  expect(sync.scene.elements.size).toBe(1)
})

test('C7: a rejected operation disappears and is told; the others stay', () => {
  const sync = entered()
  sync.operate(add(buildStroke()))
  sync.operate(add(buildRectangle()))
  const batch = sync.nextBatch()!
  sync.operated({ operations: storedOf(batch, 1).slice(0, 1) })
  const error = { code: 'element/full', message: 'Full.' }
  const rejected = [{ index: 1, error }]
  expect(sync.answered(batch, { ok: true, value: { clock: 1, rejected } })).toEqual({ retry: false, rejected: [error] })
  expect([...sync.scene.elements.keys()]).toEqual(['stroke'])
  expect(sync.pending).toBe(0)
})

test('C6: a batch that came too fast is sent again under the same numbers', () => {
  const sync = entered()
  sync.operate(add(buildStroke()))
  const batch = sync.nextBatch()!
  sync.operate(add(buildRectangle()))
  const next = sync.nextBatch()!
  const answer = sync.answered(batch, { ok: false, error: { code: 'room/fast', message: '' } })
  expect(answer).toEqual({ retry: true, rejected: [] })
  const again = sync.nextBatch()!
  expect(again).toEqual({ seq: 1, operations: [...batch.operations, ...next.operations] })
  // The answer to the second batch comes late and means nothing any more.
  expect(sync.answered(next, { ok: false, error: { code: 'room/order', message: '' } })).toEqual({
    retry: false,
    rejected: [],
  })
})

test('C3: what was sent is never joined with what comes after, even when the line is cut', () => {
  const sync = entered()
  sync.operate(add(buildStroke({ points: [0, 0, 0.5], done: false })))
  const batch = sync.nextBatch()!
  sync.disconnected()
  const extend: Operation = { type: 'extend', id: 'stroke', from: 1, points: [1, 1, 0.5], done: false }
  sync.operate(extend)
  sync.operate({ ...extend, from: 2, done: true })
  sync.entered(nothingYet)
  const again = sync.nextBatch()!
  expect(again.operations[0]).toEqual(batch.operations[0])
  // The two extensions were never sent, so they travel as one.
  expect(again.operations[1]).toEqual({ ...extend, points: [1, 1, 0.5, 1, 1, 0.5], done: true })
})

test('C2: at most four batches are on their way', () => {
  const sync = entered()
  const batches: OperationBatch[] = []
  for (let index = 0; index < 6; index++) {
    sync.operate(add(buildRectangle({ id: `r${index}` })))
    const batch = sync.nextBatch()
    if (batch) batches.push(batch)
  }
  expect(batches.map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
  sync.operated({ operations: storedOf(batches[0]!, 1) })
  sync.answered(batches[0]!, stored(1))
  // What had to wait goes together.
  expect(sync.nextBatch()).toMatchObject({ seq: 5, operations: [{ type: 'add' }, { type: 'add' }] })
  expect(sync.nextBatch()).toBeNull()
})

test('C5: others’ changes lie beneath mine until mine are stored', () => {
  const sync = entered()
  const ben = { client: 'other', author: 'ben' }
  sync.operated({ operations: [{ ...ben, clock: 1, seq: 1, operation: add(buildRectangle({ x: 0 })) }] })
  sync.operate({ type: 'change', id: 'rectangle', change: { x: 5 } })
  const change: Operation = { type: 'change', id: 'rectangle', change: { x: 9, fill: '#0000ff' } }
  sync.operated({ operations: [{ ...ben, clock: 2, seq: 2, operation: change }] })
  expect(sync.scene.elements.get('rectangle')).toMatchObject({ x: 5, fill: '#0000ff' })
})

test('C8: operations that are missing in between are noticed', () => {
  const sync = entered()
  const later = { clock: 3, client: 'other', seq: 1, author: 'ben', operation: add(buildRectangle()) }
  expect(sync.operated({ operations: [later] })).toBe(false)
  expect(sync.clock).toBe(0)
})

test('C8: that operations are missing is said once, and nothing is sent until the welcome is there', () => {
  const sync = entered()
  const later = { clock: 3, client: 'other', seq: 1, author: 'ben', operation: add(buildRectangle()) }
  sync.operated({ operations: [later] })
  expect(sync.operated({ operations: [{ ...later, clock: 4, seq: 2 }] })).toBe(true)
  sync.operate(add(buildStroke()))
  expect(sync.nextBatch()).toBeNull()
  sync.entered({ ...nothingYet, clock: 4 })
  expect(sync.nextBatch()).toMatchObject({ seq: 1 })
})

test('E6: a welcome that was overtaken by what came after it takes no number of mine back', () => {
  const sync = entered()
  sync.operate(add(buildStroke()))
  const batch = sync.nextBatch()!
  sync.operated({ operations: storedOf(batch, 1) })
  sync.answered(batch, stored(1))
  sync.operate(add(buildRectangle()))
  // It was written before the stroke was stored.
  sync.entered(nothingYet)
  expect(sync.clock).toBe(1)
  // Under 1 the server would take it for the stroke, which it has: it would be nowhere.
  expect(sync.nextBatch()).toMatchObject({ seq: 2 })
})

test('C4: long strokes and long lists travel in parts that fit the limits', () => {
  const sync = entered()
  const count = limits.maxPointsPerMessage * 2 + 10
  const points = Array.from({ length: count }, (_, x) => [x, 0, 0.5]).flat()
  sync.operate(add(buildStroke({ points })))
  const seen: number[] = []
  let clock = 1
  for (let batch = sync.nextBatch(); batch; batch = sync.nextBatch()) {
    for (const operation of batch.operations) {
      const part = operation.type === 'add' && operation.element.kind === 'stroke' ? operation.element.points : null
      seen.push((operation.type === 'extend' ? operation.points : part!).length / 3)
    }
    expect(JSON.stringify(batch).length).toBeLessThan(limits.maxMessageBytes)
    sync.operated({ operations: storedOf(batch, clock) })
    clock += batch.operations.length
    sync.answered(batch, stored(clock - 1))
  }
  expect(seen).toEqual([limits.maxPointsPerMessage, limits.maxPointsPerMessage, 10])
  expect(sync.scene.elements.get('stroke')).toMatchObject({ points, done: true })
})

test('listeners hear which elements may look different, and nothing when nothing does', () => {
  const sync = entered()
  const heard: string[][] = []
  const stop = sync.subscribe(changed => heard.push([...changed]))
  sync.operate(add(buildStroke()))
  sync.operated({ operations: [] })
  stop()
  sync.operate({ type: 'remove', ids: ['stroke'] })
  expect(heard[0]).toEqual(['stroke'])
  expect(heard.every(ids => ids.length > 0)).toBe(true)
})
