import { describe, expect, test } from 'vitest'
import type { Element } from '../../protocol/scene.ts'
import { understand } from '../../protocol/vocabulary.ts'
import { clippingFrame } from '../../web/canvas/clipping.ts'
import { elementAt, elementsWithin } from '../../web/canvas/hit.ts'
import { boxBetween, reshape } from '../../web/canvas/reshape.ts'
import { createDepthOrder } from '../../web/room/order.ts'
import { buildFrame as frame, buildStroke as stroke } from './builders.ts'

describe('the order from back to front', () => {
  test('stays sorted whatever comes, changes and goes', () => {
    const order = createDepthOrder()
    const ids = () => order.elements.map(element => element.id)
    const add = (...elements: Element[]) => order.update(elements.map(element => [element.id, element]))
    add(stroke({ id: 'b', z: 'a2' }), stroke({ id: 'a', z: 'a1' }), frame({ id: 'f', z: 'a3' }))
    expect(ids()).toEqual(['a', 'b', 'f'])
    add(stroke({ id: 'a', z: 'a4' }))
    expect(ids()).toEqual(['b', 'f', 'a'])
    add(stroke({ id: 'c', z: 'a4' }), stroke({ id: 'b', z: 'a2', removed: true }))
    expect(ids()).toEqual(['f', 'a', 'c'])
    order.update([['f', undefined]])
    expect(ids()).toEqual(['a', 'c'])
    expect(order.frames).toEqual([])
  })
})

describe('finding what lies under a pointer', () => {
  test('takes the topmost stroke within reach, never an eraser', () => {
    const below = stroke({ id: 'below' })
    const above = stroke({ id: 'above', y: 8 })
    const eraser = stroke({ id: 'eraser', erases: true })
    expect(elementAt([below, above, eraser], { x: 50, y: 4 }, 0)?.id).toBe('above')
    expect(elementAt([below, above, eraser], { x: 50, y: 30 }, 0)).toBeUndefined()
    expect(elementAt([below], { x: 50, y: 12 }, 8)?.id).toBe('below')
  })

  test('takes a frame by its edge, so that its inside is free for drawing', () => {
    expect(elementAt([frame()], { x: 2, y: 100 }, 6)?.id).toBe('frame')
    expect(elementAt([frame()], { x: 100, y: 100 }, 6)).toBeUndefined()
  })

  test('a box takes only what lies wholly inside', () => {
    const box = { x: -10, y: -10, width: 80, height: 80 }
    expect(elementsWithin([stroke(), stroke({ id: 'short', points: [0, 0, 1, 20, 0, 1] })], box)).toMatchObject([
      { id: 'short' },
    ])
  })
})

describe('what lies on a sheet', () => {
  test('has its middle there, and the topmost sheet wins', () => {
    const frames = [frame(), frame({ id: 'upper', x: 100 })]
    expect(clippingFrame(stroke({ x: -60, y: 50 }), frames)).toBeUndefined()
    expect(clippingFrame(stroke({ x: -40, y: 50 }), frames)?.id).toBe('frame')
    expect(clippingFrame(stroke({ x: 100, y: 50 }), frames)?.id).toBe('upper')
  })
})

describe('reshaping', () => {
  test('moves and scales each kind by its own fields', () => {
    const from = { x: 0, y: 0, width: 100, height: 100 }
    const to = { x: 10, y: 20, width: 200, height: 50 }
    expect(reshape(stroke({ x: 50, y: 50 }), from, to)).toEqual({ x: 110, y: 45, scaleX: 2, scaleY: 0.5 })
    expect(reshape(frame(), from, to)).toEqual({ x: 10, y: 20, width: 400, height: 100 })
    expect(reshape(stroke({ x: 50, y: 50 }), from, { ...from, x: 7 })).toEqual({ x: 57, y: 50 })
  })

  test('a frame keeps within the sizes that the room accepts', () => {
    const from = { x: 0, y: 0, width: 100, height: 100 }
    expect(reshape(frame(), from, { ...from, width: 1 })).toMatchObject({ width: 64 })
    expect(reshape(frame(), from, { ...from, width: 9_000 })).toMatchObject({ width: 2_048 })
  })

  test('a box may be drawn towards any corner', () => {
    expect(boxBetween({ x: 10, y: 10 }, { x: 0, y: 4 }, { square: false })).toEqual({
      x: 0,
      y: 4,
      width: 10,
      height: 6,
    })
    expect(boxBetween({ x: 10, y: 10 }, { x: 0, y: 4 }, { square: true })).toEqual({
      x: 0,
      y: 0,
      width: 10,
      height: 10,
    })
  })
})

test('unknown words are named once, as they were typed, whatever stands around them', () => {
  const words = ['a', 'red', 'house']
  expect(understand('A red Dragon, a “Dragon” & a café-house!', { words }).unknown).toEqual(['Dragon', 'café-house'])
  expect(understand('a red house 42', { words }).unknown).toEqual([])
})
