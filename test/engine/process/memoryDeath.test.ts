import { expect, test } from 'vitest'
import { isTooLarge, withTooLarge } from '../../../engine/estimate/tooLarge.ts'
import { isMemoryDeath, memoryBytes, memoryKills } from '../../../engine/process/memoryDeath.ts'

const end = { how: 'signal SIGKILL', errorOutput: '', killsBefore: 3, killsAfter: 3 }

test('a process was killed for want of memory if the system has killed one more, and not if anybody else killed it', () => {
  expect(isMemoryDeath({ ...end, killsAfter: 4 })).toBe(true)
  expect(isMemoryDeath(end)).toBe(false)
  expect(isMemoryDeath({ ...end, how: 'signal SIGSEGV', killsAfter: 4 })).toBe(false)
})

test('a process that asked in vain says so', () => {
  const aborted = { ...end, how: 'code 134' }
  expect(isMemoryDeath({ ...aborted, errorOutput: "terminate called after throwing 'std::bad_alloc'" })).toBe(true)
  expect(isMemoryDeath({ ...aborted, errorOutput: 'FATAL ERROR: … JavaScript heap out of memory' })).toBe(true)
  expect(isMemoryDeath({ ...aborted, errorOutput: 'Assertion failed' })).toBe(false)
})

test('this machine says how much there is, and how often that was too little', () => {
  expect(memoryBytes()).toBeGreaterThan(2 ** 28)
  expect(memoryKills()).toBeGreaterThanOrEqual(0)
})

test('what did not fit is remembered for an hour, with all that is larger', () => {
  const known = withTooLarge(null, 512, 0)
  expect([256, 512, 1024].map(pixels => isTooLarge(known, pixels, 1000))).toEqual([false, true, true])
  expect(isTooLarge(known, 1024, 3_600_001)).toBe(false)
  expect(withTooLarge(known, 1024, 1000).pixels).toBe(512)
  expect(withTooLarge(known, 256, 1000).pixels).toBe(256)
  expect(withTooLarge(known, 1024, 9_000_000).pixels).toBe(1024)
  expect(isTooLarge(null, 1, 0)).toBe(false)
})
