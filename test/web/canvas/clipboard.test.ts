import '../emptyStorage.ts'
import { expect, test } from 'vitest'
import { plainBrush, type StrokeElement } from '../../../protocol/scene.ts'
import { clipOf, pasteOffset, readClip } from '../../../web/canvas/clipboard.ts'
import { add, frame, openTestBoard, stroke } from '../board.ts'
import { buildStroke } from '../builders.ts'

test('what is copied in one room is pasted in another, in its order, on top, selected, and undone at once', async () => {
  const { board: one } = await openTestBoard()
  const { board: other } = await openTestBoard()
  add(one, stroke({ id: 'a', z: 'a1', color: '#112233' }), frame({ id: 'f', z: 'a2', prompt: 'a lake' }))
  add(one, stroke({ id: 'b', z: 'a3', color: '#445566' }))
  one.selection.selectAll()
  const clip = one.selection.copy()!
  add(other, stroke({ id: 'c', z: 'a9' }))
  expect(other.selection.paste(clip, other.viewport.visible())).toBe(true)
  const [below, ...pasted] = other.session.elements
  expect(below!.id).toBe('c')
  expect(pasted.map(one => (one.kind === 'stroke' ? one.color : one.kind))).toEqual(['#112233', 'frame', '#445566'])
  expect(other.selection.ids.get()).toEqual(new Set(pasted.map(({ id }) => id)))
  expect(pasted.some(({ id }) => ['a', 'b', 'f'].includes(id))).toBe(false)
  other.session.undo()
  expect(other.session.elements.map(({ id }) => id)).toEqual(['c'])
})

test('a paste lies a little beside what is in view, and in the middle of a view that is elsewhere', () => {
  const clip = readClip(clipOf([buildStroke()]))!
  expect(pasteOffset(clip, { x: -100, y: -100, width: 400, height: 400 })).toEqual({ dx: 24, dy: 24 })
  const { dx, dy } = pasteOffset(clip, { x: 1000, y: 1000, width: 200, height: 200 })
  expect([Math.round(50 + dx), Math.round(dy)]).toEqual([1100, 1100])
})

test('other text is left alone, and what would break drawing is left out', async () => {
  const { board } = await openTestBoard()
  expect(board.selection.copy()).toBeNull()
  for (const text of ['', 'a red house', '{"fourstroke":1,', '{"fourstroke":1,"elements":7}', '{"elements":[]}']) {
    expect(board.selection.paste(text, board.viewport.visible())).toBe(false)
  }
  const { id, z, author, removed, ...good } = buildStroke()
  const soft = { ...good, brush: { ...plainBrush, tip: 'soft' } }
  const elements = [
    good,
    soft,
    { ...good, brush: { tip: 'soft' } },
    { ...good, brush: null },
    null,
    { ...good, points: 'x' },
    { ...good, kind: '__proto__' },
    { ...good, x: null },
  ]
  expect(readClip(JSON.stringify({ fourstroke: 1, elements }))).toEqual([good, soft])
})

test('a stroke under the pen is copied as it is, finished', () => {
  const [copied] = readClip(clipOf([buildStroke({ done: false })]))!
  expect((copied as StrokeElement).done).toBe(true)
})
