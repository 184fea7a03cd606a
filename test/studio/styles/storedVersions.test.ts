import { expect, test } from 'vitest'
import { assessmentOfRow, recipeOfRow } from '../../../studio/styles/storedVersions.ts'

const figures = { distanceBefore: 2, distanceAfter: 1, contentKept: 0.9, detailKept: 0.8, better: true }
const recipe = {
  ...{ method: 'anchored', steps: 300, batch: 8, rank: 8, rate: 0.001, anchor: 0.1, average: 0.95, prior: 0.5 },
  ...{ flip: false, seed: 1 },
}

test('rows of version 0.1 are read under the names of today', () => {
  expect(assessmentOfRow({ ...figures, words: 'Closer.' })).toEqual({ ...figures, summary: 'Closer.' })
  expect(recipeOfRow({ ...recipe, rungs: 10 })).toEqual({ ...recipe, ddimTimesteps: 10 })
})

test('rows of today are read as they are', () => {
  expect(assessmentOfRow({ ...figures, summary: 'Closer.' })).toEqual({ ...figures, summary: 'Closer.' })
  expect(recipeOfRow({ ...recipe, ddimTimesteps: 10 })).toEqual({ ...recipe, ddimTimesteps: 10 })
})

test('an imported version has neither', () => {
  expect([recipeOfRow(null), assessmentOfRow(null)]).toEqual([null, null])
})
