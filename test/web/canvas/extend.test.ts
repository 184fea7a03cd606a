import '../emptyStorage.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { grownBox, marginsOf } from '../../../web/canvas/tools/extend.ts'

const sides = { max: 512, multiple: 32 }
const frame = { x: 100, y: 50, width: 512, height: 512 }
const picture = { width: 256, height: 256 }

test('an edge that is dragged outwards grows the picture in steps that the model can paint', () => {
  const left = { handle: { x: -1, y: 0 }, drag: { x: -140, y: 30 }, sides } as const
  expect(marginsOf(frame, picture, left)).toEqual({ left: 64, right: 0, top: 0, bottom: 0 })
  const corner = { handle: { x: 1, y: 1 }, drag: { x: 200, y: 60 }, sides } as const
  expect(marginsOf(frame, picture, corner)).toEqual({ left: 0, right: 96, top: 0, bottom: 32 })
  expect(grownBox(frame, picture, { left: 64, right: 0, top: 0, bottom: 32 })).toEqual({
    ...{ x: -28, y: 50, width: 640, height: 576 },
  })
})

test('nothing grows inwards, beyond itself, or beyond what the model can paint', () => {
  const side = fc.integer({ min: 4, max: 16 }).map(count => count * 32)
  const handle = fc.constantFrom<-1 | 0 | 1>(-1, 0, 1)
  const drag = fc.integer({ min: -3_000, max: 3_000 })
  fc.assert(
    fc.property(side, side, handle, handle, drag, drag, (width, height, hx, hy, x, y) => {
      const options = { handle: { x: hx, y: hy }, drag: { x, y }, sides }
      const { left, right, top, bottom } = marginsOf(
        { width: width * 2, height: height * 2 },
        { width, height },
        options,
      )
      for (const margin of [left, right, top, bottom]) {
        expect(margin % 32).toBe(0)
        expect(margin).toBeGreaterThanOrEqual(0)
      }
      expect(left + right).toBeLessThanOrEqual(Math.min(width, 512 - width))
      expect(top + bottom).toBeLessThanOrEqual(Math.min(height, 512 - height))
      if (x * hx <= 0) expect(left + right).toBe(0)
    }),
  )
})
