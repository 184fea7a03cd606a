import { expect, it } from 'vitest'
import type { Recipe } from '../../../studio/images/recipe.ts'
import { recoveryOf, stoppedEarly } from '../../../studio/pictures/pictureRecovery.ts'

const recipe = { modelHash: 'a' } as Recipe // nothing else of it decides
const row = { state: 'running', interrupts: 0, recipe, job: { origin: 'chat' } } as const
const program = { resume: 'all', modelHash: 'a' } as const

it.each([
  ['resumes, and counts the death', {}, {}, { type: 'resume', interrupts: 1 }],
  ['resumes what only waited, and counts none', { state: 'queued', interrupts: 2 }, {}, { interrupts: 2 }],
  ['gives up after three deaths', { interrupts: 2 }, {}, { failure: { code: 'picture/interrupted' } }],
  ['gives up what was requested of another model', {}, { modelHash: 'b' }, { failure: { code: 'picture/model' } }],
  ['leaves it to a program that takes over', {}, { resume: 'none' }, { type: 'leave' }],
  [
    'fails what the command line wanted',
    { job: { origin: 'commandLine' } },
    {},
    { type: 'fail', failure: stoppedEarly },
  ],
] as const)('%s', (_name, change, where, expected) => {
  expect(recoveryOf({ ...row, ...change }, { ...program, ...where })).toMatchObject(expected)
})
