import { describe, expect, it } from 'vitest'
import { type EarlyStopping, isOver, notStarted, withHeldOutLoss, withLoss } from '../../../engine/lcf/earlyStopping.ts'

const afterLosses = (losses: readonly number[]) =>
  losses.reduce((state, loss, at) => withLoss(state, loss, at + 1), notStarted)
const afterLooks = (losses: readonly (number | undefined)[]) =>
  losses.reduce<EarlyStopping>((state, loss, at) => withHeldOutLoss(state, loss, at + 1), notStarted)

describe('the running loss', () => {
  it('is the mean of the first steps, and forgets them later', () => {
    expect(afterLosses([1, 2, 3]).running).toBeCloseTo(2)
    const later = afterLosses([...Array(100).fill(1), 2])
    expect(later.running).toBeCloseTo(1.05)
  })

  it('ends a learning when it is twice its lowest, which the first noisy steps do not count for', () => {
    expect(isOver(afterLosses([0.1, 1, 1, 1]))).toBe(false)
    const good = Array(60).fill(1)
    expect(isOver(afterLosses(good))).toBe(false)
    expect(isOver(afterLosses([...good, ...Array(80).fill(3)]))).toBe(true)
  })
})

describe('the held-out loss', () => {
  it('is the best where it fell by more than a little, and ends a learning after five looks without a better one', () => {
    const state = afterLooks([1, 0.9, 0.899])
    expect(state).toMatchObject({ best: { step: 2, heldOutLoss: 0.9 }, unchanged: 1 })
    expect(isOver(afterLooks([1, 0.9, 1, 1, 1, 1]))).toBe(false)
    expect(isOver(afterLooks([1, 0.9, 1, 1, 1, 1, 1]))).toBe(true)
    expect(isOver(afterLooks([1, 0.9, 1, 1, 1, 1, 0.5]))).toBe(false)
  })

  it('is always the latest where no picture is held out', () => {
    expect(afterLooks([undefined, undefined])).toMatchObject({ best: { step: 2, heldOutLoss: 0 }, unchanged: 0 })
  })
})
