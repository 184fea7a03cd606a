import '../emptyStorage.ts'
import { createCanvas } from '@napi-rs/canvas'
import { expect, test } from 'vitest'
import { operation } from '../../../protocol/checks.ts'
import { limits } from '../../../protocol/limits.ts'
import type { AreaElement } from '../../../protocol/scene.ts'
import { floodFill } from '../../../web/canvas/floodFill.ts'
import { elementAt } from '../../../web/canvas/hit.ts'
import { areaAt } from '../../../web/canvas/tools/fill.ts'
import { traceMask } from '../../../web/canvas/traceMask.ts'

const side = 200
/** Pixels of what somebody has drawn on white. */
function drawn(draw: (context: ReturnType<ReturnType<typeof createCanvas>['getContext']>) => void) {
  const context = createCanvas(side, side).getContext('2d')
  context.fillStyle = '#ffffff'
  context.fillRect(0, 0, side, side)
  draw(context)
  const { data, width, height } = context.getImageData(0, 0, side, side)
  return { data, width, height }
}
const ring = (x: number, y: number, radius: number) =>
  drawn(context => {
    context.lineWidth = 6
    context.beginPath()
    context.ellipse(x, y, radius, radius, 0, 0, 2 * Math.PI)
    context.stroke()
  })

test('what is filled ends at a line, and goes a pixel under its soft edge', () => {
  const { data } = floodFill(ring(100, 100, 50), 100, 100, 32)
  const at = (x: number, y: number) => data[y * side + x]
  expect([at(100, 100), at(100, 145), at(100, 150), at(100, 160), at(5, 5)]).toEqual([1, 1, 0, 0, 0])
})

test('an outline is as exact as its points allow, and what an even number surrounds is left out', () => {
  const outside = floodFill(ring(100, 100, 50), 5, 5, 32)
  const rings = traceMask(outside, limits.maxAreaPoints)
  expect(rings).toHaveLength(2)
  expect(rings.find(one => one.length === 4)).toEqual([
    { x: 0, y: 0 },
    { x: side, y: 0 },
    { x: side, y: side },
    { x: 0, y: side },
  ])
  for (const { x, y } of rings.find(one => one.length > 4)!) {
    expect(Math.abs(Math.hypot(x - 100, y - 100) - 53)).toBeLessThan(2.5)
  }
  expect(traceMask(outside, 12).flat().length).toBeLessThanOrEqual(12)
})

test('an area can be added, whatever was filled, and is hit where it is filled', () => {
  let seed = 7
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647
    return seed / 2_147_483_647
  }
  const noise = drawn(context => {
    for (let i = 0; i < 2_000; i++) context.clearRect(random() * side, random() * side, 2, 2)
  })
  const place = { id: 'area', kind: 'area', z: 'a1', color: '#ff0000' } as const
  for (const pixels of [noise, ring(100, 100, 50), drawn(() => undefined)]) {
    const element = { ...place, ...areaAt(pixels, { x: 199.9, y: 0 }, 32) }
    expect(operation.safeParse({ type: 'add', element }).error).toBeUndefined()
  }
  const area: AreaElement = { ...place, author: '', removed: false, ...areaAt(ring(100, 100, 50), { x: 5, y: 5 }, 32) }
  expect(elementAt([area], { x: 20, y: 20 }, 6)).toBe(area)
  expect(elementAt([area], { x: 100, y: 100 }, 6)).toBeUndefined()
})
