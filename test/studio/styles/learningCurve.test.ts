import { expect, it } from 'vitest'
import type { CurvePoint } from '../../../studio/studio.ts'
import { maxPoints, withPoint } from '../../../studio/styles/learningCurve.ts'

function curveOf(points: readonly CurvePoint[], steps: number): CurvePoint[] {
  return points.reduce<CurvePoint[]>((curve, point) => withPoint(curve, point, steps), [])
}
const upTo = (steps: number) =>
  Array.from({ length: steps }, (_, index) => ({ step: index + 1, loss: 1 / (index + 1) }))

it('keeps every step of a usual learning, and forgets those that are made once more after a restart', () => {
  const points = upTo(200)
  expect(curveOf(points, 200)).toEqual(points)
  expect(curveOf([...points, { step: 150, loss: 7 }], 200)).toEqual([...points.slice(0, 149), { step: 150, loss: 7 }])
})

it('thins a long one evenly, but for the looks at what was held out', () => {
  const points = upTo(20_000).map(point => (point.step % 999 === 0 ? { ...point, heldOutLoss: 1 } : point))
  const curve = curveOf(points, 20_000)
  expect(curve.length).toBeLessThanOrEqual(maxPoints + 20)
  expect(curve.filter(({ heldOutLoss }) => heldOutLoss !== undefined)).toHaveLength(20)
  const gaps = curve.slice(1).map(({ step }, index) => step - curve[index]!.step)
  expect(Math.max(...gaps)).toBe(20_000 / maxPoints)
})
