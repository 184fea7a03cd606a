import '../emptyStorage.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Board } from '../../../web/canvas/board.ts'
import { clearOfPanels } from '../../../web/canvas/camera.ts'
import { boxAround, fillingBox, pinnedBox } from '../../../web/canvas/insertion.ts'
import { add, frame, openTestBoard, stroke } from '../board.ts'
import { buildFrame } from '../builders.ts'

let board: Board
beforeEach(async () => {
  board = (await openTestBoard()).board
})
afterEach(() => board.session.leave())
const ids = () => board.session.elements.map(element => element.id)
const select = (...chosen: string[]) => board.selection.ids.set(new Set(chosen))

describe('a selection', () => {
  beforeEach(() => add(board, stroke({ id: 'a', z: 'a0' }), stroke({ id: 'b', z: 'a1' }), stroke({ id: 'c', z: 'a2' })))

  test('goes to the front or the back in its own order, and comes back by one undo', () => {
    select('a', 'b')
    board.selection.toFront()
    expect(ids()).toEqual(['c', 'a', 'b'])
    board.session.undo()
    expect(ids()).toEqual(['a', 'b', 'c'])
    select('b', 'c')
    board.selection.toBack()
    expect(ids()).toEqual(['b', 'c', 'a'])
  })

  test('is copied a little beside itself, and the copies are selected', () => {
    select('a', 'c')
    board.selection.duplicate()
    const copies = board.selection.elements()
    expect(copies).toHaveLength(2)
    expect(copies.map(copy => [copy.x, copy.y])).toEqual([
      [24, 24],
      [24, 24],
    ])
    expect(ids().slice(0, 3)).toEqual(['a', 'b', 'c'])
  })

  test('is nudged many times and put back by one undo', () => {
    select('a', 'b')
    board.selection.nudge(1, 0)
    board.selection.nudge(1, 0)
    board.selection.nudge(0, 10)
    expect(board.selection.elements().map(({ x, y }) => [x, y])).toEqual([
      [2, 10],
      [2, 10],
    ])
    board.session.undo()
    expect(board.selection.elements().map(({ x, y }) => [x, y])).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  test('is removed, and an active frame with it', () => {
    const id = board.insert.frame({ x: 0, y: 0, width: 200, height: 200 })
    select(id, 'b')
    board.selection.remove()
    expect(ids()).toEqual(['a', 'c'])
    expect(board.selection.ids.get().size).toBe(0)
    expect(board.frameViews.active.get()).toBeNull()
  })

  test('shows what is dragged where it is dragged to', () => {
    select('a')
    board.lifted.lift({ ...board.selection.elements()[0]!, x: 77 })
    expect(board.selection.shown()[0]!.x).toBe(77)
    board.lifted.drop('a')
    expect(board.selection.shown()[0]!.x).toBe(0)
  })

  test('of everything takes the select tool in hand; an empty one does nothing', () => {
    board.selection.clear()
    const { count } = { count: board.session.unsent.get() }
    board.selection.nudge(1, 1)
    board.selection.toFront()
    board.selection.duplicate()
    board.selection.remove()
    expect(board.session.unsent.get()).toBe(count)
    board.selection.selectAll()
    expect([...board.selection.ids.get()]).toEqual(['a', 'b', 'c'])
    expect(board.tools.current.get()).toBe('select')
  })
})

describe('a new frame', () => {
  test('begins as the model likes it, on top, and is the active one', async () => {
    add(board, stroke())
    const id = board.insert.frame({ x: 0.123, y: 1, width: 300.4, height: 10 }, { prompt: 'a lake' })
    const made = board.session.elements.at(-1)!
    expect(made).toMatchObject({ id, kind: 'frame', x: 0.12, width: 300, height: 64, prompt: 'a lake', live: true })
    expect(made).toMatchObject({ name: 'Frame 1', steps: 4, guidance: 4 })
    expect(board.frameViews.active.get()).toBe(id)
  })
})

describe('pinning a picture', () => {
  test('lays it beside the frame, and a second one right of it', () => {
    add(board, frame({ seedLocked: false }))
    const [made] = board.session.elements
    if (made?.kind !== 'frame') throw new Error('Expected a frame.')
    board.insert.pin(made, 'hash', { width: 64, height: 32 })
    board.insert.pin(made, 'hash', { width: 64, height: 32 })
    const pins = board.session.elements.filter(element => element.kind === 'image')
    expect(pins.map(({ x, y, width, height }) => [x, y, width, height])).toEqual([
      [232, 0, 200, 100],
      [464, 0, 200, 100],
    ])
    expect(board.session.elements.find(element => element.id === made.id)).not.toMatchObject({ seed: made.seed })
  })

  test('keeps a locked seed', () => {
    add(board, frame())
    const [made] = board.session.elements
    if (made?.kind !== 'frame') throw new Error('Expected a frame.')
    board.insert.pin(made, 'hash', { width: 64, height: 64 })
    expect(board.session.elements.find(element => element.id === made.id)).toMatchObject({ seed: made.seed })
  })
})

describe('the place of a picture', () => {
  test('fills a frame, and takes at most half the view elsewhere', () => {
    const box = { x: 100, y: 0, width: 200, height: 200 }
    expect(fillingBox({ width: 50, height: 100 }, box)).toEqual({ x: 150, y: 0, width: 100, height: 200 })
    const visible = { x: 0, y: 0, width: 800, height: 600 }
    expect(boxAround({ x: 10, y: 10 }, { width: 1600, height: 200 }, visible)).toEqual({
      ...{ x: -190, y: -15 },
      ...{ width: 400, height: 50 },
    })
    expect(boxAround({ x: 10, y: 10 }, { width: 20, height: 20 }, visible)).toMatchObject({ width: 20 })
    expect(pinnedBox(buildFrame(), { width: 64, height: 64 }, [])).toMatchObject({ x: 232, width: 200 })
  })
})

describe('looking at a frame', () => {
  test('shows its ink while it is compared, and what was chosen after that', () => {
    const { frameViews } = board
    expect(frameViews.lookOf('f')).toBe('painting')
    frameViews.setLook('f', 'beside')
    frameViews.compared.set('f')
    expect([frameViews.lookOf('f'), frameViews.lookOf('g')]).toEqual(['ink', 'painting'])
    frameViews.compared.set(null)
    expect(frameViews.lookOf('f')).toBe('beside')
  })

  test('moves the view only where its painting beside it would be out of sight', () => {
    const small = { x: 130, y: 150, width: 100, height: 100 }
    const before = board.viewport.view.get()
    board.camera.showBeside(small)
    expect(board.viewport.view.get()).toBe(before)
    board.camera.showBeside({ ...small, x: 500 })
    const { x, width } = board.viewport.visible()
    expect(x).toBeLessThan(500)
    // Clear of what lies at the right.
    expect(x + width).toBeGreaterThan(500 + 224 + 48)
  })

  test('keeps clear of the panels, which lie at the bottom of a phone', () => {
    // A hint stands in the bar at the top where there is room for it, else under it.
    const topOf = (width: number, height: number) =>
      [false, true].map(hasHint => clearOfPanels({ width, height }, { hasFramePanel: true, hasHint }).top)
    expect(topOf(1280, 800)).toEqual([112, 112])
    expect(topOf(844, 390)).toEqual([122, 122])
    expect(topOf(768, 1024)).toEqual([112, 216])
    expect(topOf(390, 844)).toEqual([124, 186])
    expect(clearOfPanels({ width: 1280, height: 800 }, { hasFramePanel: true }).right).toBeGreaterThan(300)
    // Where fingers press them, captions are taller: they are clear of the bar at the top all the same.
    const tablet = { hasFramePanel: true, hasTallCaptions: true }
    expect(clearOfPanels({ width: 1024, height: 768 }, tablet).top).toBe(132)
    // On its side it has tools at the left, the panel at the right and one bar at the bottom.
    const sideways = clearOfPanels({ width: 667, height: 375 }, { hasFramePanel: true })
    expect(sideways).toEqual({ top: 122, right: 0.42 * 667 + 20, bottom: 72, left: 116 })
    expect(clearOfPanels({ width: 667, height: 375 }, { hasFramePanel: false }).right).toBe(20)
    const phone = clearOfPanels({ width: 390, height: 800 }, { hasFramePanel: true })
    expect(phone.right).toBeLessThan(20)
    // The frame lies above its panel, also on a small phone.
    expect(phone.bottom).toBeGreaterThan(440)
    expect(clearOfPanels({ width: 375, height: 667 }, { hasFramePanel: true }).bottom).toBeLessThan(460)
  })
})
