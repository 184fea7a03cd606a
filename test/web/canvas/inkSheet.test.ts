import { type Canvas, createCanvas } from '@napi-rs/canvas'
import { expect, test } from 'vitest'
import { drawElement } from '../../../protocol/draw.ts'
import type { DrawingContext } from '../../../protocol/drawingContext.ts'
import { boundsOf } from '../../../protocol/geometry.ts'
import { byDepth } from '../../../protocol/layers.ts'
import type { Element, StrokeElement } from '../../../protocol/scene.ts'
import { wholePixels, withoutOverlaps } from '../../../web/canvas/replay/changes.ts'
import { createInkSheet } from '../../../web/canvas/replay/inkSheet.ts'
import { buildStroke } from '../../support/scenes.ts'

const size = { width: 600, height: 400 }
const scale = 0.5

/** A sheet on real canvases, which counts what it draws. */
function openSheet() {
  let drawn = 0
  const sheet = createInkSheet({
    ...size,
    draw(context, elements) {
      context.setTransform(scale, 0, 0, scale, 0, 0)
      drawn += elements.length
      const support = { pictures: () => undefined, createSheet: () => expect.unreachable() }
      // The server draws with the same canvases.
      for (const element of elements) drawElement(context as unknown as DrawingContext<never>, element, support)
    },
    pixelsOf(element) {
      const { x, y, width, height } = boundsOf(element)
      return { x: x * scale, y: y * scale, width: width * scale, height: height * scale }
    },
    newCanvas: () => createCanvas(size.width, size.height) as unknown as HTMLCanvasElement,
  })
  return {
    show: (elements: readonly Element[]) => (sheet.show(elements) as unknown as Canvas).data(),
    takeDrawn() {
      const count = drawn
      drawn = 0
      return count
    },
  }
}

const random = (seed: number) => Math.abs(Math.sin(seed * 12.9898) * 43758.5453) % 1
const stroke = (index: number, depth = random(index + 0.5)): StrokeElement => ({
  ...{ author: 'ada', removed: false },
  ...buildStroke({
    id: `s${index}`,
    z: `a${Math.floor(depth * 1000)
      .toString(36)
      .padStart(2, '0')}V`,
    x: random(index + 0.1) * 1100,
    y: random(index + 0.2) * 700,
    points: [0, 0, 0.4, 40, 30 * random(index + 0.3), 0.8, 80, 0, 0.5],
    size: 4 + 12 * random(index + 0.4),
    color: `#${Math.floor(random(index + 0.6) * 0xffffff)
      .toString(16)
      .padStart(6, '0')}`,
    erases: index % 9 === 8,
  }),
})

test('ink that comes under other ink, moves and goes looks as if all of it was drawn anew, and costs what lies around it', () => {
  const sheet = openSheet()
  const all = new Map<string, Element>()
  const inOrder = () => [...all.values()].sort(byDepth)
  for (let index = 0; index < 200; index++) all.set(`s${index}`, stroke(index))
  sheet.show(inOrder())
  sheet.takeDrawn()
  for (let index = 200; index < 260; index++) {
    for (let pen = 0; pen < 3; pen++)
      all.set(`s${index}.${pen}`, { ...stroke(index * 3 + pen), id: `s${index}.${pen}` })
    if (index % 4 === 0) all.delete(`s${index - 150}`)
    if (index % 5 === 0) all.set(`s${index - 100}`, { ...stroke(index - 100), x: 20 })
    const pixels = sheet.show(inOrder())
    if (index % 10 === 0) expect(pixels.equals(openSheet().show(inOrder()))).toBe(true)
  }
  // Of some 300 strokes; drawn anew from where something changed, each time would draw half of them and more.
  expect(sheet.takeDrawn() / 60).toBeLessThan(60)
})

test('a change of nearly all of it is drawn as a whole', () => {
  const sheet = openSheet()
  const strokes = Array.from({ length: 100 }, (_, index) => stroke(index)).sort(byDepth)
  sheet.show(strokes)
  sheet.takeDrawn()
  const moved = strokes.map(element => ({ ...element, x: element.x + 10 }))
  expect(sheet.show(moved).equals(openSheet().show(moved))).toBe(true)
  expect(sheet.takeDrawn()).toBe(100)
})

test('places are whole pixels of the canvas, and none overlaps another', () => {
  expect(wholePixels({ x: -3.5, y: 2.5, width: 10, height: 999 }, size)).toEqual({ x: 0, y: 2, width: 7, height: 398 })
  expect(wholePixels({ x: 700, y: 0, width: 10, height: 10 }, size).width).toBe(0)
  const box = (x: number, width = 10) => ({ x, y: 0, width, height: 10 })
  expect(withoutOverlaps([box(0), box(30), box(5, 28), box(100), box(60, 0)])).toEqual([box(0, 40), box(100)])
})
