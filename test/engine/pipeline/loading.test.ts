import { expect, test } from 'vitest'
import { createLoadingReport } from '../../../engine/pipeline/loading.ts'
import { describeLoading, type LoadingProgress, loadingAfter } from '../../../engine/types/loading.ts'

test('the parts loaded before say how long the rest takes', () => {
  let now = 0
  const found: LoadingProgress[] = []
  const beforePart = createLoadingReport(
    [5e8, 3.4e9, 2e8],
    progress => found.push(progress),
    () => now,
  )
  beforePart()
  now = 10_000
  beforePart()
  now = 78_000
  beforePart()
  expect(found.map(describeLoading)).toEqual([
    'loading the model, part 1 of 3, about 41 s',
    'loading the model, part 2 of 3, about 72 s',
    'loading the model, part 3 of 3, about 4 s',
  ])
})

test('long times are said in minutes, and the first runs by what they are', () => {
  expect(describeLoading({ type: 'part', part: 2, parts: 4, secondsLeft: 250 })).toBe(
    'loading the model, part 2 of 4, about 4 min',
  )
  expect(describeLoading({ type: 'resting', reason: 'The engine ran out of memory.' })).toBe(
    'resting: The engine ran out of memory',
  )
  expect(describeLoading({ type: 'warmUp' })).toBe('trying the model on this device')
})

test('an estimate runs down, and one that was too small is not repeated', () => {
  const progress = { type: 'part', part: 2, parts: 4, secondsLeft: 60 } as const
  expect([0, 30, 45, 120].map(seconds => loadingAfter(progress, 1000 * seconds))).toMatchObject(
    [60, 30, 22.5, 60].map(secondsLeft => ({ part: 2, secondsLeft })),
  )
  expect(loadingAfter({ type: 'warmUp' }, 5_000)).toEqual({ type: 'warmUp' })
})
