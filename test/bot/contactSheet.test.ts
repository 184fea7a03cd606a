import { expect, test } from 'vitest'
import { curveSvg } from '../../bot/messages/contactSheet.ts'

test('gives each line of a learning curve a scale of its own', () => {
  const curve = Array.from({ length: 20 }, (_, step) => ({ step, loss: 0.01 / (1 + step), heldOutLoss: 9 - step / 4 }))
  const svg = curveSvg(curve, 640, 144)
  const lines = [...svg.matchAll(/<path d="(M[^"]+L[^"]+)"/g)].map(([, path]) =>
    path!
      .slice(1)
      .split('L')
      .map(point => Number(point.split(' ')[1])),
  )
  expect(lines).toHaveLength(2)
  // Both fall from the top to the bottom, although one is a thousand times as high as the other.
  for (const heights of lines) expect([heights[0], heights.at(-1)]).toEqual([14, 130])
})

test('shows what hardly changes as hardly changing, and draws without held-out pictures', () => {
  const svg = curveSvg(
    [
      { step: 0, loss: 1 },
      { step: 10, loss: 0.999 },
    ],
    640,
    144,
  )
  expect(svg).toContain('M14.0 14.0L626.0 15.2')
  expect(svg).not.toMatch(/NaN|Infinity/)
})
