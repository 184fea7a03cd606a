import { afterEach, expect, test, vi } from 'vitest'
import { ownTime } from '../../../engine/pipeline/warmUp.ts'

afterEach(() => vi.restoreAllMocks())

/** Something that takes these times, one after the other. */
function taking(times: readonly number[]) {
  let now = 0
  let runs = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const act = async () => {
    now += times[runs++]!
  }
  return { act, runs: () => runs }
}

test('a busy moment of the machine is not taken for the time of a quick device', async () => {
  const quick = taking([80, 30, 25, 6, 20, 30, 6, 6])
  expect(await ownTime(quick.act)).toBe(6)
  expect(quick.runs()).toBe(6)
})

test('a slow device is not kept busy by measuring it', async () => {
  const slow = taking([1200, 900, 700, 500])
  expect(await ownTime(slow.act)).toBe(700)
  const slowest = taking([1600, 1000])
  expect(await ownTime(slowest.act)).toBe(1600)
  expect(slowest.runs()).toBe(1)
})
