import '../emptyStorage.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LayerElement } from '../../../protocol/scene.ts'
import type { Board } from '../../../web/canvas/board.ts'
import { tools } from '../../../web/canvas/tools/index.ts'
import { add, drag, frame, openTestBoard, stroke, touch } from '../board.ts'

let board: Board
beforeEach(async () => {
  board = (await openTestBoard()).board
  add(board, frame({ id: 'sheet', x: 0, y: 0, width: 400, height: 400 }))
})
afterEach(() => board.session.leave())

const sheet = () => board.session.frames.get()[0]!
const names = () => board.layers.of('sheet').map(({ name }) => name)
const layer = (name: string): LayerElement => board.layers.of('sheet').find(one => one.name === name)!
const layerOfInk = (id: string) => (board.session.elements.find(one => one.id === id) as { layer?: string }).layer
const begin = (tool: keyof typeof tools, x = 100, y = 100) => tools[tool].begin(touch(board, x, y), board)
/** What has changed is told once for all changes of a moment. */
const told = () => Promise.resolve()

async function addLayers(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    board.layers.add(sheet())
    await told()
  }
}

describe('layers of a frame', () => {
  test('the first one lies above the ink that is there, which gets one of its own; undo takes both back', async () => {
    add(board, stroke({ id: 'inside', x: 100, y: 100 }), stroke({ id: 'outside', x: 900, y: 100 }))
    await addLayers(1)
    expect(names()).toEqual(['Layer 1', 'Layer 2'])
    expect([layerOfInk('inside'), layerOfInk('outside')]).toEqual([layer('Layer 1').id, undefined])
    expect(board.layers.active('sheet')).toBe(layer('Layer 2'))
    board.session.undo()
    await told()
    expect([names(), layerOfInk('inside') ?? null]).toEqual([[], null])
  })

  test('ink goes to the chosen one, and to the highest open one where none was chosen', async () => {
    await addLayers(3)
    drag(board, begin('pen'), [120, 120])
    expect(layerOfInk(board.session.elements.at(-1)!.id)).toBe(layer('Layer 3').id)
    board.layers.choose(layer('Layer 1'))
    drag(board, begin('eraser'), [120, 120])
    expect(layerOfInk(board.session.elements.at(-1)!.id)).toBe(layer('Layer 1').id)
    const other = (await openTestBoard()).board
    add(other, frame({ id: 'sheet', x: 0, y: 0, width: 400, height: 400 }))
    expect(other.layers.active('sheet')).toBeNull()
  })

  test('nothing is drawn on one that is locked or hidden', async () => {
    await addLayers(1)
    for (const change of [{ locked: true }, { locked: false, hidden: true }]) {
      board.layers.change(layer('Layer 1'), change)
      await told()
      for (const tool of ['pen', 'eraser', 'rectangle'] as const) expect(begin(tool), tool).toBeNull()
    }
    expect(begin('pen', 900, 900)).not.toBeNull()
  })

  test('what lies on a locked or hidden one is neither hit nor selected, and moves with its frame', async () => {
    await addLayers(1)
    add(board, stroke({ id: 'ink', x: 100, y: 100, layer: layer('Layer 1').id }))
    const hit = () => {
      board.selection.ids.set(new Set())
      begin('select', 110, 100)?.end()
      return board.selection.ids.get().has('ink')
    }
    expect(hit()).toBe(true)
    for (const change of [{ locked: true }, { locked: false, hidden: true }]) {
      board.layers.change(layer('Layer 1'), change)
      await told()
      expect(hit()).toBe(false)
      board.selection.selectAll()
      expect(board.selection.elements().map(({ id }) => id)).toEqual(['sheet'])
    }
    board.layers.change(layer('Layer 1'), { hidden: false, locked: true })
    await told()
    board.selection.ids.set(new Set(['sheet']))
    drag(board, begin('select', 0, 200), [50, 200])
    expect(board.session.scene.elements.get('ink')).toMatchObject({ x: 150, y: 100 })
  })

  test('go up and down, and notes stay above the rest', async () => {
    await addLayers(3)
    board.layers.move(layer('Layer 3'), 0)
    await told()
    expect(names()).toEqual(['Layer 3', 'Layer 1', 'Layer 2'])
    board.layers.move(layer('Layer 3'), 1)
    await told()
    expect(names()).toEqual(['Layer 1', 'Layer 3', 'Layer 2'])
    board.layers.change(layer('Layer 1'), { unseen: true })
    await told()
    expect(names()).toEqual(['Layer 3', 'Layer 2', 'Layer 1'])
    board.layers.move(layer('Layer 1'), 0)
    await told()
    expect(names()).toEqual(['Layer 3', 'Layer 2', 'Layer 1'])
  })

  test('one is deleted with its ink, and comes back with it', async () => {
    await addLayers(1)
    add(board, stroke({ id: 'ink', x: 100, y: 100, layer: layer('Layer 1').id }), stroke({ id: 'loose', x: 100 }))
    const ids = () => board.session.elements.map(({ id }) => id).sort()
    board.layers.remove(layer('Layer 1'))
    await told()
    expect([names(), ids()]).toEqual([[], ['loose', 'sheet']])
    board.session.undo()
    await told()
    expect([names(), ids()]).toEqual([['Layer 1'], ['ink', 'loose', 'sheet']])
  })

  test('a copy of the same frame stays on its layer; what is pasted goes to the one that is drawn on', async () => {
    await addLayers(2)
    add(board, stroke({ id: 'ink', x: 100, y: 100, layer: layer('Layer 1').id }))
    board.selection.ids.set(new Set(['ink']))
    board.selection.duplicate()
    expect(layerOfInk([...board.selection.ids.get()][0]!)).toBe(layer('Layer 1').id)
    const text = board.selection.copy()!
    expect(text).not.toContain(layer('Layer 1').id)
    board.selection.paste(text, board.viewport.visible())
    expect(layerOfInk([...board.selection.ids.get()][0]!)).toBe(layer('Layer 2').id)
  })
})
