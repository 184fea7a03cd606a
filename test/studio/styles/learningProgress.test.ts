import { expect, it } from 'vitest'
import {
  eventsSoFar,
  type LearningProgress,
  nextProgress,
  recoveryOf,
} from '../../../studio/styles/learningProgress.ts'

const beginning: LearningProgress = { curve: [], last: [] }
const stepped = (step: number) => ({ type: 'stepped', step, steps: 4, loss: 1 / step, secondsLeft: 4 - step }) as const

it('remembers the curve and the last event of each kind, for whoever begins to watch in the middle', () => {
  const events = [{ type: 'queued', ahead: 0 }, { type: 'started', steps: 4 }, stepped(1), stepped(2)] as const
  const progress = events.reduce<LearningProgress>(nextProgress, beginning)
  expect(eventsSoFar(progress)).toEqual([
    {
      type: 'curve',
      points: [
        { step: 1, loss: 1 },
        { step: 2, loss: 0.5 },
      ],
    },
    { type: 'queued', ahead: 0 },
    { type: 'started', steps: 4 },
    stepped(2),
  ])
  expect(beginning).toEqual({ curve: [], last: [] })
})

it('has nothing to tell of a learning that has not begun', () => {
  expect(eventsSoFar(beginning)).toEqual([])
})

it.each([
  [
    'goes on',
    { state: 'running', interrupts: 1, modelHash: 'a' },
    'a',
    { type: 'resume', interrupts: 2, isFresh: false },
  ],
  ['begins again for another model', { state: 'queued', interrupts: 0, modelHash: 'b' }, 'a', { isFresh: true }],
  ['counts no death while it waited', { state: 'queued', interrupts: 2, modelHash: 'a' }, 'a', { interrupts: 2 }],
  ['fails after three deaths', { state: 'running', interrupts: 2, modelHash: 'a' }, 'a', { code: 'style/interrupted' }],
  [
    'fails without a model for it',
    { state: 'queued', interrupts: 0, modelHash: 'a' },
    undefined,
    { code: 'style/none' },
  ],
] as const)('%s when its worker has died', (_name, row, modelHash, expected) => {
  expect(recoveryOf(row, modelHash)).toMatchObject(expected)
})
