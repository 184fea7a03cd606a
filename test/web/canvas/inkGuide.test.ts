import { describe, expect, test } from 'vitest'
import { createInkGuide } from '../../../web/canvas/tools/inkGuide.ts'

const at = (x: number, y: number, pressure = 1) => ({ x, y, pressure })
const free = { straight: false }
const straight = { straight: true }

describe('ink', () => {
  test('goes where the hand goes', () => {
    const guide = createInkGuide({ string: 0, step: 4 })
    expect([at(0, 0), at(3, 1), at(9, 2, 0.5)].flatMap(hand => guide.follow(hand, free))).toEqual([
      at(0, 0),
      at(3, 1),
      at(9, 2, 0.5),
    ])
    expect(guide.rest()).toEqual([])
  })

  test('of a stabilised hand is calmer than the hand, and ends where it is lifted', () => {
    const guide = createInkGuide({ string: 20, step: 4 })
    const trembling = Array.from({ length: 200 }, (_, x) => at(x, x % 2 === 0 ? 3 : -3))
    const ink = trembling.flatMap(hand => guide.follow(hand, free))
    const afterStart = ink.filter(({ x }) => x > 20)
    expect(Math.max(...afterStart.map(({ y }) => Math.abs(y)))).toBeLessThan(1.5)
    expect(ink.at(-1)!.x).toBeGreaterThan(175)
    expect(guide.rest().at(-1)).toEqual(at(199, -3))
  })

  test('lies still while a hand moves within its string', () => {
    const guide = createInkGuide({ string: 20, step: 4 })
    expect([at(0, 0), at(15, 0), at(0, 15)].flatMap(hand => guide.follow(hand, free))).toEqual([at(0, 0)])
  })

  test('is straight from where that began, and follows the hand again afterwards', () => {
    const guide = createInkGuide({ string: 0, step: 25 })
    guide.follow(at(0, 0), free)
    expect(guide.follow(at(50, 80), straight)).toEqual([])
    expect(guide.follow(at(100, 30, 0), straight)).toEqual([])
    const line = guide.rest()
    expect(line).toHaveLength(5)
    for (const { x, y, pressure } of line) {
      expect(y).toBeCloseTo(x * 0.3)
      expect(pressure).toBeCloseTo(1 - x / 100)
    }
    expect(guide.follow(at(101, 40), free)).toEqual([...line, at(101, 40)])
    expect(guide.rest()).toEqual([])
  })

  test('snaps to an axis or a diagonal that is near', () => {
    const guide = createInkGuide({ string: 0, step: 1_000 })
    guide.follow(at(0, 0), straight)
    guide.follow(at(100, 4), straight)
    expect(guide.rest().at(-1)!.y).toBeCloseTo(0)
    guide.follow(at(-100, -97), straight)
    const { x, y } = guide.rest().at(-1)!
    expect(x).toBeCloseTo(y)
  })
})
