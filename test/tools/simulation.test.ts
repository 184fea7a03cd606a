import { describe, expect, it } from 'vitest'
import { createClock } from '../../bench/simulation/clock.ts'
import {
  erlangC,
  hitsOfLeastRecentlyUsed,
  waitMD1,
  waitMDc,
  waitMM1,
  waitMMc,
} from '../../bench/simulation/formulas.ts'
import { createPicker, createRandom, popularity } from '../../bench/simulation/random.ts'
import { quiet, simulate, type World } from '../../bench/simulation/simulate.ts'

/** One row a step, one step a picture: a server of queueing theory. */
const server: World = { ...quiet, seconds: 2_000, warmUpSeconds: 100, batch: 1, ahead: 1 }
/** Half of what a server can do: the nearer to all of it, the longer until a mean is one. */
const durable = { perSecond: 25, owners: 50, steps: 1 }
const exponential: World['stepMs'] = (_, random) => random.exponential(20)

/** Whether two figures differ by no more than this share of the expected one. */
function expectNear(figure: number, expected: number, share: number): void {
  expect(Math.abs(figure - expected) / expected, `${figure} beside ${expected}`).toBeLessThan(share)
}

describe('the simulation', () => {
  it('waits as M/M/1 does', () => {
    const { pictures } = simulate({ ...server, durable, stepMs: exponential })
    expectNear(pictures.meanWaitMs, waitMM1(0.025, 0.05), 0.05)
  })

  it('waits as M/D/1 does, half as long', () => {
    const { pictures, busy } = simulate({ ...server, durable, stepMs: () => 20 })
    expectNear(pictures.meanWaitMs, waitMD1(0.025, 0.05), 0.05)
    expectNear(busy, 0.5, 0.02)
  })

  it('waits as M/M/4 does where engines draw tickets one at a time', () => {
    const four = { ...server, engines: 4, durable: { ...durable, perSecond: 120 }, seconds: 1_500 }
    const { pictures } = simulate({ ...four, stepMs: exponential })
    expectNear(pictures.meanWaitMs, waitMMc(4, 0.12, 0.05), 0.05)
  })

  it('keeps Little’s law, whoever takes turns', () => {
    const { pictures } = simulate({
      ...quiet,
      engines: 2,
      durable: { perSecond: 130, owners: 7, steps: 4 },
      seconds: 300,
    })
    expectNear(pictures.inSystem, (pictures.perSecond / 1000) * pictures.meanMs, 0.01)
    expectNear(pictures.perSecond, 130, 0.02)
  })

  it('gives people who draw alone a frame as often as picture and pause allow, and never more than the device paints', () => {
    const frames = (people: number) =>
      simulate({ ...quiet, seconds: 60, live: { people, pauseMs: 30, steps: 4 } }).frames.perPersonAndSecond
    expectNear(frames(1), 1000 / 130, 0.01)
    expectNear(frames(64), 80 / 64, 0.02)
  })

  it('fetches styles as often as Che’s approximation says, and a drawer’s own only once', () => {
    const styles = { count: 1_000, skew: 0.8, inMemory: 64, fetchMs: 30 }
    const pictures = simulate({ ...quiet, durable: { perSecond: 50, owners: 50, steps: 4 }, styles })
    expectNear(pictures.fetched, 1 - hitsOfLeastRecentlyUsed(popularity(1_000, 0.8), 64), 0.02)
    const drawing = simulate({ ...quiet, engines: 4, live: { ...quiet.live, people: 16 }, styles })
    expect(drawing.fetched).toBe(0)
  })

  it('gives the same for the same seed, and something else for another', () => {
    const world = { ...quiet, durable: { perSecond: 60, owners: 9, steps: 4 }, seconds: 20 }
    expect(simulate(world)).toEqual(simulate(world))
    expect(simulate({ ...world, seed: 2 })).not.toEqual(simulate(world))
  })
})

describe('the formulas', () => {
  it('agree where they meet', () => {
    expect(waitMMc(1, 0.04, 0.05)).toBeCloseTo(waitMM1(0.04, 0.05))
    expect(waitMDc(1, 0.04, 0.05)).toBeCloseTo(waitMD1(0.04, 0.05))
    // From the tables: two servers at a load of 1 Erlang.
    expect(erlangC(2, 1, 1)).toBeCloseTo(1 / 3)
  })

  it('know what is always there, and that equal wants hit by their share', () => {
    expect(hitsOfLeastRecentlyUsed(popularity(50, 1), 64)).toBe(1)
    expect(hitsOfLeastRecentlyUsed(popularity(1_000, 0), 100)).toBeCloseTo(0.1)
  })
})

it('happens in the order of time, and as planned at one moment', () => {
  const clock = createClock()
  const random = createRandom(3)
  const happened: number[] = []
  for (let i = 0; i < 500; i++) {
    const at = Math.floor(random.uniform() * 50)
    clock.after(at, () => happened.push(at * 1000 + i))
  }
  clock.runUntil(100)
  expect(happened).toHaveLength(500)
  expect(happened).toEqual(happened.toSorted((a, b) => a - b))
  expect(clock.now()).toBe(100)
})

it('draws by shares', () => {
  const pick = createPicker([0.7, 0.2, 0.1], createRandom(5))
  const counts = [0, 0, 0]
  for (let i = 0; i < 20_000; i++) counts[pick()]!++
  expectNear(counts[0]! / 20_000, 0.7, 0.03)
  expectNear(counts[2]! / 20_000, 0.1, 0.08)
})
