import '../emptyStorage.ts'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { boundsOf, unionOf } from '../../../protocol/geometry.ts'
import type { Element, Operation, StrokeElement } from '../../../protocol/scene.ts'
import type { Board } from '../../../web/canvas/board.ts'
import { regionDraft } from '../../../web/canvas/regions/draft.ts'
import { chosenRegion } from '../../../web/canvas/regions/frameRegions.ts'
import { swapColors } from '../../../web/canvas/toolSettings.ts'
import { tools } from '../../../web/canvas/tools/index.ts'
import { region } from '../../../web/canvas/tools/region.ts'
import { beginRotate } from '../../../web/canvas/tools/rotate.ts'
import { beginResize } from '../../../web/canvas/tools/select.ts'
import { add, drag, frame, openTestBoard, stroke, touch } from '../board.ts'
import type { PlayedLine } from '../line.ts'

let board: Board
let line: PlayedLine
beforeEach(async () => {
  ;({ board, line } = await openTestBoard())
  vi.useFakeTimers()
})
afterEach(() => {
  board.session.leave()
  vi.useRealTimers()
})

const strokes = () => board.session.elements.filter(element => element.kind === 'stroke')
const begin = (name: keyof typeof tools, x: number, y: number, over: Parameters<typeof touch>[3] = {}) =>
  tools[name].begin(touch(board, x, y, over), board)
const place = (id: string) => {
  const element = board.session.scene.elements.get(id) as Element
  return [element.x, element.y]
}

describe('the pen', () => {
  test('leaves a stroke through all points, in the brush’s color and size', () => {
    board.tools.brush.update(brush => ({ ...brush, color: '#d64534', size: 7 }))
    drag(board, begin('pen', 10, 20), [15, 20], [15.001, 20], [40, 60])
    expect(strokes()).toMatchObject([
      { color: '#d64534', size: 7, erases: false, done: true, x: 10, y: 20, points: [0, 0, 1, 5, 0, 1, 30, 40, 1] },
    ])
    expect(board.lifted.elements.size).toBe(0)
  })

  test('sends ink while it is drawn, and only what is new', () => {
    const gesture = begin('pen', 0, 0)!
    const shown = () => [...board.lifted.elements.values()][0] as StrokeElement
    vi.advanceTimersByTime(50)
    gesture.move([touch(board, 10, 0, { expected: [{ scene: { x: 12, y: 0 }, pressure: 1 }] })])
    // What the browser expects is drawn and never sent.
    expect(shown().points).toEqual([0, 0, 1, 10, 0, 1, 12, 0, 1])
    vi.advanceTimersByTime(50)
    gesture.move([touch(board, 20, 0)])
    expect(shown().points).toEqual([0, 0, 1, 10, 0, 1, 20, 0, 1])
    gesture.end()
    vi.advanceTimersByTime(50)
    const sent = line.sent('scene:operate').flatMap(({ args }) => (args[0] as { operations: Operation[] }).operations)
    expect(sent).toMatchObject([
      { type: 'add', element: { points: [0, 0, 1], done: false } },
      { type: 'extend', from: 1, points: [10, 0, 1, 20, 0, 1], done: true },
    ])
  })

  test('takes back by one undo what it drew in one go', () => {
    const gesture = begin('pen', 0, 0)!
    vi.advanceTimersByTime(50)
    drag(board, gesture, [10, 0], [20, 0])
    board.session.undo()
    expect(strokes()).toEqual([])
  })

  test('waits before it sends a finger’s first ink, which may become a pinch', () => {
    const gesture = begin('pen', 0, 0, { type: 'touch' })!
    vi.advanceTimersByTime(60)
    gesture.cancel()
    vi.advanceTimersByTime(1_000)
    expect(line.sent('scene:operate')).toEqual([])
    expect([strokes().length, board.lifted.elements.size]).toEqual([0, 0])
  })

  test('removes what others have seen of a stroke that is cancelled', () => {
    const gesture = begin('pen', 0, 0)!
    vi.advanceTimersByTime(50)
    expect(strokes()).toHaveLength(1)
    gesture.cancel()
    expect(strokes()).toEqual([])
  })

  test('does not come back by undo once it was cancelled: that takes back the stroke before it', () => {
    drag(board, begin('pen', 0, 0)!, [10, 0], [20, 0])
    const gesture = begin('pen', 50, 50)!
    vi.advanceTimersByTime(50)
    gesture.cancel()
    expect(strokes()).toHaveLength(1)
    board.session.undo()
    expect(strokes()).toEqual([])
    board.session.redo()
    expect(strokes()).toHaveLength(1)
  })

  test('makes the frame that it begins in the active one', async () => {
    add(board, frame())
    await Promise.resolve()
    drag(board, begin('pen', 50, 50), [60, 60])
    expect(board.frameViews.active.get()).toBe('frame')
  })

  test('erases as the eraser, in its own size', () => {
    drag(board, begin('eraser', 0, 0), [50, 0])
    expect(strokes()).toMatchObject([{ erases: true, size: 32 }])
  })
})

describe('shapes', () => {
  test('are filled or outlined, and square with Shift', () => {
    board.tools.brush.update(brush => ({ ...brush, color: '#3b82d6', size: 4 }))
    drag(board, begin('rectangle', 0, 0), [100, 50])
    board.tools.filled.set(false)
    const gesture = begin('ellipse', 0, 0)!
    gesture.move([touch(board, 100, 50, { shift: true })])
    gesture.end()
    expect(board.session.elements).toMatchObject([
      { kind: 'rectangle', fill: '#3b82d6', stroke: null, width: 100, height: 50 },
      { kind: 'ellipse', fill: null, stroke: '#3b82d6', size: 4, width: 100, height: 100 },
    ])
  })

  test('are nothing where the hand only slipped', () => {
    drag(board, begin('rectangle', 0, 0), [2, 1])
    expect(board.session.elements).toHaveLength(0)
  })
})

describe('the gradient tool', () => {
  test('shades the paper from the brush’s color along a line, in one gesture', async () => {
    add(board, frame({ width: 200, height: 100 }))
    await Promise.resolve()
    drag(board, begin('gradient', 50, 0), [100, 50], [150, 100])
    const paper = () => board.session.scene.elements.get('frame')
    const line = [0.25, 0, 0.75, 1]
    expect(paper()).toMatchObject({ paper: { kind: 'gradient', from: '#1f2430', to: '#ffffff', line } })
    board.session.undo()
    expect(paper()).not.toMatchObject({ paper: { kind: 'gradient' } })
    board.tools.secondColor.set('#3b82d6')
    swapColors(board.tools)
    drag(board, begin('gradient', 50, 0), [100, 50], [150, 100])
    expect(paper()).toMatchObject({ paper: { kind: 'gradient', from: '#3b82d6', to: '#1f2430', line } })
  })
})

describe('the gradient tool that fades', () => {
  beforeEach(async () => {
    add(board, frame({ width: 200, height: 100 }))
    await Promise.resolve()
    board.tools.fades.set(true)
  })
  const areas = () => board.session.elements.filter(element => element.kind === 'area')

  test('lays ink over the whole frame that goes from the brush’s color to nothing, and leaves the paper alone', () => {
    drag(board, begin('gradient', 50, 0), [100, 50], [150, 100])
    const gradient = { to: '#1f243000', line: [0.25, 0, 0.75, 1] }
    expect(areas()).toMatchObject([{ x: 0, y: 0, width: 200, height: 100, color: '#1f2430', gradient }])
    expect(board.session.frames.get()[0]?.paper ?? null).toBeNull()
    expect(board.lifted.elements.size).toBe(0)
    board.session.undo()
    expect(areas()).toEqual([])
  })

  test('leaves nothing after a slip of the hand, or when it is cancelled', () => {
    drag(board, begin('gradient', 50, 50), [51, 50])
    const gesture = begin('gradient', 50, 50)!
    gesture.move([touch(board, 150, 50)])
    expect(board.lifted.elements.size).toBe(1)
    gesture.cancel()
    expect([areas(), board.lifted.elements.size]).toEqual([[], 0])
  })
})

describe('the frame tool', () => {
  test('lays down a frame, takes the pen in hand and asks for the prompt', () => {
    drag(board, begin('frame', 0, 0), [300, 200])
    expect(board.session.elements).toMatchObject([{ kind: 'frame', width: 300, height: 300 }])
    expect([board.tools.current.get(), board.promptFocus.get(), board.marquee.get()]).toEqual(['pen', 1, null])
  })

  test('lays down one of the usual size around a click', () => {
    drag(board, begin('frame', 100, 100))
    expect(board.session.elements).toMatchObject([{ x: -156, y: -156, width: 512, height: 512 }])
  })
})

describe('the hand', () => {
  test('moves the desk with the pointer', () => {
    drag(board, begin('hand', 0, 0), [10, 5])
    expect(board.viewport.view.get()).toEqual({ x: 10, y: 5, zoom: 1 })
  })

  test('brings it back where a palm had moved it before the pen came', () => {
    const gesture = begin('hand', 0, 0, { type: 'touch' })!
    gesture.move([touch(board, 8, 9)])
    gesture.cancel()
    expect(board.viewport.view.get()).toEqual({ x: 0, y: 0, zoom: 1 })
  })
})

describe('the region tool', () => {
  test('lets go of what was chosen with a click beside all frames, but not with the first finger of a pinch', () => {
    add(board, frame({ id: 'frame', x: 0, y: 0, width: 100, height: 100 }))
    const draft = { frameId: 'frame', pieces: [{ type: 'outline', points: [] }] } as const
    regionDraft.set(draft)
    for (const at of [10, 500]) {
      chosenRegion.set({ frameId: 'frame', index: 0 })
      region.begin(touch(board, at, at), board)!.cancel()
      expect([regionDraft.get(), chosenRegion.get()]).toEqual([draft, { frameId: 'frame', index: 0 }])
    }
    expect(board.frameViews.active.get()).toBeNull()
    region.begin(touch(board, 500, 500), board)!.end()
    expect(regionDraft.get()).toBeNull()
    chosenRegion.set(null)
  })
})

describe('the select tool', () => {
  beforeEach(async () => {
    add(
      board,
      stroke({ id: 'a', z: 'a0' }),
      stroke({ id: 'b', z: 'a2', y: 50 }),
      stroke({ id: 'far', z: 'a3', x: 900 }),
    )
    await Promise.resolve()
  })

  test('chooses what is under the pointer, and with Shift more or less', () => {
    drag(board, begin('select', 50, 0))
    expect([...board.selection.ids.get()]).toEqual(['a'])
    drag(board, begin('select', 50, 50, { shift: true }))
    expect([...board.selection.ids.get()]).toEqual(['a', 'b'])
    drag(board, begin('select', 50, 0, { shift: true }))
    expect([...board.selection.ids.get()]).toEqual(['b'])
  })

  test('draws a box around things', () => {
    drag(board, begin('select', -20, -20), [200, 200])
    expect([...board.selection.ids.get()]).toEqual(['a', 'b'])
    expect(board.marquee.get()).toBeNull()
  })

  test('drags the selection, and one undo puts it back', () => {
    drag(board, begin('select', -20, -20), [200, 200])
    drag(board, begin('select', 50, 0), [60, 5], [80, 30])
    expect([place('a'), place('b'), place('far')]).toEqual([
      [30, 30],
      [30, 80],
      [900, 0],
    ])
    board.session.undo()
    expect([place('a'), place('b')]).toEqual([
      [0, 0],
      [0, 50],
    ])
  })

  test('takes along what lies on a frame', async () => {
    add(board, frame({ z: 'a1', y: -20 }))
    await Promise.resolve()
    drag(board, begin('select', 0, 100), [100, 100])
    expect([place('frame'), place('a'), place('b'), place('far')]).toEqual([
      [100, -20],
      [100, 0],
      [100, 50],
      [900, 0],
    ])
  })

  test('puts everything back where a drag is cancelled', () => {
    const gesture = begin('select', 50, 0)!
    gesture.move([touch(board, 150, 90)])
    vi.advanceTimersByTime(100)
    expect(place('a')).toEqual([100, 90])
    gesture.cancel()
    expect(place('a')).toEqual([0, 0])
    expect(board.lifted.elements.size).toBe(0)
  })

  test('chooses nothing where the finger was one of two that moved the view', () => {
    board.selection.ids.set(new Set(['b']))
    for (const [x, y] of [
      [50, 0],
      [700, 500],
    ] as const) {
      const gesture = begin('select', x, y)!
      expect([...board.selection.ids.get()]).not.toEqual(['b'])
      gesture.cancel()
      expect([...board.selection.ids.get()]).toEqual(['b'])
    }
  })

  test('resizes by a handle, and not below a size that can be taken hold of', () => {
    board.selection.ids.set(new Set(['a', 'b']))
    const { width } = unionOf(board.selection.elements().map(boundsOf))!
    drag(board, beginResize(touch(board, 105, 55), board, { x: 1, y: 1 }), [105 + width, 55])
    expect(board.session.scene.elements.get('a')).toMatchObject({ scaleX: 2, scaleY: 1 })
    drag(board, beginResize(touch(board, 215, 55), board, { x: 1, y: 0 }), [-900, 55])
    const { scaleX } = board.session.scene.elements.get('a') as StrokeElement
    expect(scaleX).toBeGreaterThan(0)
  })
})

describe('turning', () => {
  const quarter = Math.PI / 2

  test('by the handle turns everything around one middle, as one operation and one press of undo', () => {
    const box = { kind: 'rectangle', stroke: null, fill: '#d64534', size: 0, z: 'a2' } as const
    add(board, stroke({ id: 'line' }), { ...box, id: 'box', x: 0, y: 40, width: 100, height: 20 })
    board.selection.ids.set(new Set(['line', 'box']))
    const before = board.selection.elements().map(boundsOf)
    const around = unionOf(before)!
    const middle = { x: around.x + around.width / 2, y: around.y + around.height / 2 }
    const gesture = beginRotate(touch(board, middle.x, middle.y - 80), board)
    drag(board, gesture, [middle.x + 40, middle.y - 40], [middle.x + 80, middle.y])
    const turnedLine = board.session.scene.elements.get('line') as StrokeElement
    expect(turnedLine.rotation).toBeCloseTo(quarter, 4)
    // From left to right it has become from top to bottom.
    const after = boundsOf(turnedLine)
    expect([after.width, after.height].map(Math.round)).toEqual([before[0]!.height, before[0]!.width].map(Math.round))
    const turned = unionOf(board.selection.elements().map(boundsOf))!
    expect(turned.x + turned.width / 2).toBeCloseTo(middle.x, 0)
    expect(turned.y + turned.height / 2).toBeCloseTo(middle.y, 0)
    vi.advanceTimersByTime(500)
    const sent = line.sent('scene:operate').flatMap(({ args }) => (args[0] as { operations: Operation[] }).operations)
    expect(sent.filter(({ type }) => type === 'arrange').length).toBeLessThanOrEqual(2)
    board.session.undo()
    expect(board.selection.elements().map(boundsOf)).toEqual(before)
  })

  test('by keys goes in steps, leaves frames upright, and what lies askew keeps its shape when it is resized', () => {
    add(board, stroke({ id: 'line' }), frame({ id: 'sheet', x: -50, y: -50 }))
    board.selection.ids.set(new Set(['line', 'sheet']))
    board.selection.turn(Math.PI / 12)
    board.selection.turn(Math.PI / 12)
    const line = board.session.scene.elements.get('line') as StrokeElement
    expect(line.rotation).toBeCloseTo(Math.PI / 6, 4)
    expect(place('sheet')).toEqual([-50, -50])
    board.selection.ids.set(new Set(['line']))
    const box = unionOf(board.selection.elements().map(boundsOf))!
    const gesture = beginResize(touch(board, box.x + box.width, box.y), board, { x: 1, y: 0 })
    drag(board, gesture, [box.x + 2 * box.width, box.y])
    const larger = board.session.scene.elements.get('line') as StrokeElement
    expect(larger.scaleX).toBeCloseTo(2)
    expect(larger.scaleY).toBeCloseTo(2)
    board.session.undo()
    board.session.undo()
    expect(board.session.scene.elements.get('line')).toMatchObject({ rotation: 0 })
  })

  test('and cancelling a resize bring back the scale that others have seen meanwhile', () => {
    add(board, stroke({ id: 'line' }))
    board.selection.ids.set(new Set(['line']))
    const box = boundsOf(board.session.scene.elements.get('line') as Element)
    const gesture = beginResize(touch(board, box.x + box.width, box.y), board, { x: 1, y: 0 })!
    gesture.move([touch(board, box.x + 2 * box.width, box.y)])
    vi.advanceTimersByTime(500)
    expect(board.session.scene.elements.get('line')).toMatchObject({ scaleX: 2 })
    gesture.cancel()
    expect(board.session.scene.elements.get('line')).toMatchObject({ scaleX: 1, x: 0, y: 0 })
  })

  test('a turned thing is hit where it is seen', () => {
    add(board, stroke({ id: 'line', rotation: quarter }))
    begin('select', 0, 80)
    expect([...board.selection.ids.get()]).toEqual(['line'])
    begin('select', 80, 0)?.end()
    expect([...board.selection.ids.get()]).toEqual([])
  })
})

describe('the lasso', () => {
  beforeEach(() => {
    board.tools.catches.set('lasso')
    add(board, stroke({ id: 'inside' }), stroke({ id: 'across', y: 40, points: [0, 0, 1, 200, 0, 1, 400, 0, 1] }))
  })
  const ring = [
    [120, -20],
    [120, 60],
    [-20, 60],
  ] as const

  test('catches what lies inside it for the most part', () => {
    const gesture = begin('select', -20, -20)
    for (const [x, y] of ring) gesture!.move([touch(board, x, y)])
    expect(board.lasso.get()).toHaveLength(4)
    gesture!.end()
    expect(board.lasso.get()).toBeNull()
    expect([...board.selection.ids.get()]).toEqual(['inside'])
  })

  test('adds to what is selected with Shift', () => {
    board.selection.ids.set(new Set(['across']))
    drag(board, begin('select', -20, -20, { shift: true }), ...ring)
    expect([...board.selection.ids.get()].sort()).toEqual(['across', 'inside'])
  })
})
