import { expect, test } from 'vitest'
import { isPaintable, nearestSize } from '../../studio/pictures/pictureSizes.ts'

const small = { default: { width: 128, height: 128 }, min: 64, max: 256, multiple: 32 }
const large = { default: { width: 512, height: 512 }, min: 256, max: 1024, multiple: 8 }

test.each([
  [small, [300, 200], [192, 128]],
  [small, [200, 600], [64, 192]],
  [small, [4032, 3024], [128, 96]],
  [small, [77, 77], [128, 128]],
  [small, [9000, 100], [256, 64]],
  [large, [1920, 1080], [640, 360]],
] as const)('of %o, a picture of %o is painted over at %o', (sizes, [width, height], [w, h]) => {
  const size = nearestSize(sizes, { width, height })
  expect(isPaintable(sizes, size)).toBe(true)
  expect([size.width, size.height]).toEqual([w, h])
})

test('knows what cannot be painted', () => {
  expect(isPaintable(small, { width: 100, height: 128 })).toBe(false)
  expect(isPaintable(small, { width: 128, height: 288 })).toBe(false)
  expect(isPaintable(small, { width: 32, height: 128 })).toBe(false)
})
