import '../emptyStorage.ts'
import { expect, test } from 'vitest'
import { turnSide } from '../../../web/stage/turnSide.ts'

const size = { width: 1280, height: 800 }
const panels = { hasFramePanel: false }
const box = { x: 400, y: 250, width: 200, height: 200 }

test('what is selected is turned by a handle above it', () => {
  expect(turnSide(box, [], size, panels)).toBe('top')
  expect(turnSide(box, [{ x: 0, y: 0, width: 100, height: 100 }], size, panels)).toBe('top')
})

test('the handle keeps away from captions, bars and panels', () => {
  const frame = { ...box, y: box.y - 4 }
  expect(turnSide(box, [frame], size, panels)).toBe('bottom')
  const atTheTop = { ...box, y: 80 }
  expect(turnSide(atTheTop, [], size, panels)).toBe('bottom')
  const tall = { ...box, y: 80, height: 600 }
  expect(turnSide(tall, [], size, panels)).toBe('right')
  expect(turnSide({ ...tall, x: 700 }, [], size, { hasFramePanel: true })).toBe('left')
})

test('a selection that fills the screen has its handle above it all the same', () => {
  expect(turnSide({ x: -100, y: -100, width: 2000, height: 2000 }, [], size, panels)).toBe('top')
})
