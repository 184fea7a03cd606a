import { expect, test } from 'vitest'
import { limits } from '../../protocol/limits.ts'
import type { NewElement, SceneElement } from '../../protocol/scene.ts'
import { createSceneElements } from '../../protocol/sceneElements.ts'
import { createSceneSync } from '../../protocol/sync.ts'
import { add, buildFrame, buildLayer, buildRectangle, buildStroke } from '../support/scenes.ts'

const made = (element: NewElement, removed = false) => ({ ...element, author: 'ada', removed }) as SceneElement
const rectangle = (id: string, removed = false) => made(buildRectangle({ id }), removed)

test('A8: what is removed is not walked through, and comes back as it was', () => {
  const scene = createSceneElements([rectangle('one'), rectangle('two', true)])
  expect([...scene.present.keys()]).toEqual(['one'])
  scene.put([rectangle('one', true), rectangle('two')])
  expect([...scene.present.keys()]).toEqual(['two'])
  expect([...scene.all.keys()].sort()).toEqual(['one', 'two'])
})

test('A8: of a scene that is nearly full, ink that was removed longest ago is forgotten, but not the last of it', () => {
  const scene = createSceneElements([], { elements: 4, points: 1_000, removed: 2 })
  const there = [made(buildFrame(), true), made(buildLayer(), true), rectangle('there')]
  expect(scene.put(there)).toEqual([])
  for (const id of ['first', 'second', 'third', 'fourth']) scene.put([rectangle(id)])
  expect(scene.put([rectangle('second', true), rectangle('first', true)])).toEqual([])
  expect(scene.put([rectangle('third', true)])).toEqual(['second'])
  expect(scene.put([rectangle('first'), rectangle('fourth', true), rectangle('first', true)])).toEqual(['third'])
  expect([...scene.all.keys()]).toEqual(['frame', 'layer', 'there', 'first', 'fourth'])
})

test('A8: points are counted as strokes grow, are removed and are forgotten', () => {
  const scene = createSceneElements([], { elements: 100, points: 5, removed: 0 })
  const stroke = buildStroke({ points: [0, 0, 0.5, 1, 0, 0.5] })
  scene.put([made(stroke)])
  scene.put([made({ ...stroke, points: [...stroke.points, ...stroke.points] })])
  expect(scene.points).toBe(4)
  scene.put([made({ ...stroke, points: [...stroke.points, ...stroke.points] }, true)])
  expect([scene.points, scene.all.size]).toEqual([4, 1])
  expect(scene.put([made({ ...stroke, id: 'next' })])).toEqual(['stroke'])
  expect([scene.points, scene.all.size]).toEqual([2, 1])
})

test('A8 C7: on a page that an evening of drawing and taking back has passed there is still room to draw', () => {
  const sync = createSceneSync('page')
  const you = { id: 'ada', name: 'Ada', color: '#102030', role: 'editor' } as const
  sync.entered({ you, clock: 0, seq: 0, scene: { type: 'all', elements: [] } })
  let clock = 0
  const operation = (operation: Parameters<typeof sync.operate>[0]) => {
    return { clock: ++clock, client: 'other', seq: clock, author: 'ben', operation }
  }
  for (let stroke = 0; stroke < limits.maxElements; stroke += 100) {
    const ids = Array.from({ length: 100 }, (_, index) => `r${stroke + index}`)
    const drawn = ids.map(id => operation(add(buildRectangle({ id }))))
    expect(sync.operated({ operations: [...drawn, operation({ type: 'remove', ids })] })).toBe(true)
  }
  expect(sync.operate(add(buildStroke())).ok).toBe(true)
  expect(sync.scene.elements.size).toBeLessThan(limits.maxElements)
  expect(sync.operate({ type: 'restore', ids: [`r${limits.maxElements - 1}`] }).ok).toBe(true)
})
