import { expect, it } from 'vitest'
import { hasRisen } from '../../bench/canvas.ts'

it.each([
  [15, 15, false],
  [15, 19, false],
  [15, 21, true],
  [200, 249, false],
  [200, 251, true],
  [200, 20, false],
  // Nothing was measured: that is not flat.
  [200, Number.NaN, true],
])('a p95 of %d ms that becomes %d ms has risen: %s', (before, after, isRisen) => {
  expect(hasRisen(before, after)).toBe(isRisen)
})
