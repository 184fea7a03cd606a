import { expect, test } from 'vitest'
import { readParameters } from '../../studio/images/parameters.ts'
import { parametersOf } from '../../studio/images/png.ts'
import type { Recipe } from '../../studio/studio.ts'

const recipe: Recipe = {
  ...{ prompt: 'a pier', seed: 7, steps: 4, guidance: 8, width: 64, height: 64, model: 'm', modelHash: 'a'.repeat(64) },
}

test('what we write is read back, whatever the prompt looks like', () => {
  const prompt = 'a pier\nNegative prompt: no\nSteps: 9, and more'
  const read = readParameters(parametersOf({ ...recipe, prompt, negativePrompt: 'a cat\nSteps: 2' }))
  expect(read).toMatchObject({ prompt, negativePrompt: 'a cat\nSteps: 2' })
  expect(Object.fromEntries(read!.settings)).toMatchObject({ Steps: '4', Seed: '7', Size: '64x64', Model: 'm' })
})

test('values in quotes stay whole', () => {
  const read = readParameters('a\nSteps: 20, Sampler: DPM++ 2M, Hashes: "x: \\"1\\", y: 2", Clip skip: 2')
  expect(read!.settings).toEqual([
    ['Steps', '20'],
    ['Sampler', 'DPM++ 2M'],
    ['Hashes', 'x: "1", y: 2'],
    ['Clip skip', '2'],
  ])
})

test.each(['', 'a cat', 'Negative prompt: x', 'Steps:'])('%j is no recipe', text => {
  expect(readParameters(text)).toBeNull()
})
