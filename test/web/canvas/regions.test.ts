import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isWorthIt, lassoOutline, outlineOf, pathOf, withPiece } from '../../../web/canvas/regions/draft.ts'
import {
  isFull,
  regionsOf,
  withChangedRegion,
  withMasks,
  withoutRegion,
  withRegion,
} from '../../../web/canvas/regions/frameRegions.ts'
import { soften } from '../../../web/canvas/regions/mask.ts'
import { topOf } from '../../../web/canvas/regions/outlines.ts'
import { buildFrame } from '../builders.ts'

const side = 48
/** White in a rectangle, black around it. */
function rectangle(left: number, top: number, right: number, bottom: number) {
  const data = Uint8Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side)]
    return x >= left && x < right && y >= top && y < bottom ? 255 : 0
  })
  return { width: side, height: side, data }
}

test('a soft edge reaches exactly as far as it is said to: beyond it nothing changes, inside all of it does', () => {
  const edges = fc.tuple(
    fc.integer({ min: 0, max: 14 }),
    fc.integer({ min: 8, max: 20 }),
    fc.integer({ min: 26, max: 40 }),
  )
  fc.assert(
    fc.property(edges, ([edge, from, to]) => {
      const soft = soften(rectangle(from, from, to, to), edge)
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++) {
          const outside = Math.max(from - x, x - to + 1, from - y, y - to + 1)
          const value = soft.data[y * side + x]!
          if (outside > edge) expect(value).toBe(0)
          if (outside <= -edge) expect(value).toBe(255)
        }
      }
    }),
    { numRuns: 30 },
  )
})

test('a soft edge falls steadily, and at the border of the picture it goes on as it is', () => {
  const { data } = soften(rectangle(0, 0, 24, side), 12)
  const row = [...data.subarray(20 * side, 21 * side)]
  expect(row[0]).toBe(255)
  expect(row.every((value, x) => x === 0 || value <= row[x - 1]!)).toBe(true)
  expect(new Set(row).size).toBeGreaterThan(6)
})

test('pieces take the place of what was chosen, or are added to it within one frame', () => {
  const piece = { type: 'outline', points: outlineOf({ x: 0, y: 0, width: 40, height: 20 }) } as const
  const one = withPiece(null, 'a', piece, { adds: true })
  expect(withPiece(one, 'a', piece, { adds: true }).pieces).toHaveLength(2)
  expect(withPiece(one, 'a', piece, { adds: false }).pieces).toHaveLength(1)
  expect(withPiece(one, 'b', piece, { adds: true })).toEqual({ frameId: 'b', pieces: [piece] })
})

test('a slip of the hand chooses nothing, a dab of the brush does', () => {
  const points = [
    { x: 0, y: 0 },
    { x: 2, y: 1 },
    { x: 3, y: 2 },
  ]
  expect(isWorthIt({ type: 'outline', points }, 6)).toBe(false)
  expect(isWorthIt({ type: 'outline', points: points.map(({ x, y }) => ({ x: x * 9, y: y * 9 })) }, 6)).toBe(true)
  expect(isWorthIt({ type: 'brush', points: points.slice(0, 1), width: 20 }, 6)).toBe(true)
  expect(pathOf({ type: 'brush', points: points.slice(0, 1), width: 20 })).toBe('M0.0 0.0h.01')
})

test('regions come, change and go, and leave the other options of their frame alone', () => {
  const frame = buildFrame({ options: { negativePrompt: 'fog' } })
  const one = { ...frame, ...withRegion(frame, { mask: 'm', prompt: 'a tree' }) }
  const two = { ...frame, ...withRegion(one as typeof frame, { mask: 'n', prompt: 'a boat' }) }
  expect(regionsOf(two as typeof frame).map(({ prompt }) => prompt)).toEqual(['a tree', 'a boat'])
  const guided = { ...frame, ...withChangedRegion(two as typeof frame, 1, { guidance: 6 }) } as typeof frame
  expect(guided.options?.regions?.[1]).toEqual({ mask: 'n', prompt: 'a boat', guidance: 6 })
  expect(withChangedRegion(guided, 1, { guidance: undefined }).options?.regions?.[1]).toEqual({
    mask: 'n',
    prompt: 'a boat',
  })
  const own = { negativePrompt: '', styles: [], weight: 3, guidanceByStep: [4, 3] }
  const much = { ...frame, ...withChangedRegion(guided, 1, own) } as typeof frame
  expect(much.options?.regions?.[1]).toEqual({ mask: 'n', prompt: 'a boat', guidance: 6, ...own })
  const less = withChangedRegion(much, 1, { weight: undefined, styles: undefined, guidanceByStep: undefined })
  expect(less.options?.regions?.[1]).toEqual({ mask: 'n', prompt: 'a boat', guidance: 6, negativePrompt: '' })
  expect(withMasks(two as typeof frame, new Map([['n', 'grown']])).options?.regions).toMatchObject([
    { mask: 'm' },
    { mask: 'grown' },
  ])
  expect(withoutRegion(one as typeof frame, 0).options).toEqual({ negativePrompt: 'fog' })
  const plain = buildFrame()
  const bare = { ...plain, ...withRegion(plain, { mask: 'm', prompt: 'a tree' }) } as typeof plain
  expect(withoutRegion(bare, 0).options).toBeNull()
  expect(isFull(bare)).toBe(false)
  const many = Array.from({ length: 8 }, () => ({ mask: 'm', prompt: '' }))
  expect(isFull(buildFrame({ options: { regions: many } }))).toBe(true)
})

test('the words of a region stand at its uppermost point', () => {
  const ring = [
    { x: 0.2, y: 0.8 },
    { x: 0.5, y: 0.3 },
    { x: 0.9, y: 0.7 },
  ]
  expect(topOf([ring])).toEqual({ x: 0.5, y: 0.3 })
})

test('what a lasso encloses is chosen; where it goes straight across, the box that it was meant for', () => {
  const circle = Array.from({ length: 24 }, (_, i) => ({
    x: 50 + 40 * Math.cos((i * Math.PI) / 12),
    y: 50 + 40 * Math.sin((i * Math.PI) / 12),
  }))
  expect(lassoOutline(circle)).toBe(circle)
  // A thin part along a slope stays one.
  const rope = [
    { x: 0, y: 0 },
    { x: 200, y: 200 },
    { x: 210, y: 190 },
    { x: 10, y: -10 },
  ]
  expect(lassoOutline(rope)).toBe(rope)
  // A hand that trembles a little on its way up.
  const line = Array.from({ length: 30 }, (_, i) => ({ x: 10 + 6 * i, y: 200 - 5 * i + (i % 3) }))
  expect(lassoOutline(line)).toEqual(outlineOf({ x: 10, y: 57, width: 174, height: 143 }))
})
