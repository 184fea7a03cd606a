import { expect, test } from 'vitest'
import type { FrameRegion } from '../../protocol/frameOptions.ts'
import { frameOptionsOf, withoutIdleWords } from '../../server/frameOptions.ts'
import type { FileHash, Recipe, StyleId } from '../../studio/studio.ts'

const mask = 'a'.repeat(64) as FileHash
const ink = { style: 'ink' as StyleId, name: 'Ink', version: 1, weight: 1 }
const recipe = {
  ...{ prompt: 'a house', negativePrompt: 'fog', guidance: 3, guidanceByStep: [4, 3], styles: [ink] },
  ...{ seed: 1, steps: 2, width: 64, height: 64, model: 'm', modelHash: 'h' },
} satisfies Recipe
const said = { mask, prompt: 'a tree' }
const regionsAfter = (region: object, mayStay = true) =>
  frameOptionsOf({ ...recipe, regions: [{ ...said, guidance: 3, ...region }] }, () => mayStay)?.regions

test('a region out of a recipe follows its frame again in what it has in common with the whole picture', () => {
  const alike = { negativePrompt: 'fog', guidanceByStep: [4, 3], styles: [ink], understoodAs: 'an oak', weight: 2 }
  expect(regionsAfter(alike)).toEqual([{ ...said, weight: 2 }])
  expect(regionsAfter(alike, false)).toEqual([{ ...said, weight: 2 }])
})

test('what it has otherwise, or has not, it keeps as its own', () => {
  expect(regionsAfter({})).toEqual([{ ...said, negativePrompt: '', guidance: 3, styles: [] }])
  const own = { negativePrompt: 'cats', guidance: 5, guidanceByStep: [6, 2], styles: [{ ...ink, weight: 0.5 }] }
  expect(regionsAfter(own)).toEqual([{ ...said, ...own, styles: [{ style: 'ink', weight: 0.5 }] }])
  expect(regionsAfter(own, false)?.[0]?.styles).toEqual([])
})

test('negative prompts that a model would refuse are left out of what is painted, each by its own guidance', () => {
  const words = { negativePrompt: 'fog' }
  const regions: FrameRegion[] = [
    { ...said, ...words },
    { ...said, ...words, guidance: 1 },
    { ...said, ...words, guidance: 1, guidanceByStep: [1, 4] },
  ]
  const options = { ...words, maskBlur: 2, regions }
  expect(withoutIdleWords(options, { guidance: 4, readsThem: true })).toEqual({
    ...options,
    regions: [regions[0], { ...said, guidance: 1 }, regions[2]],
  })
  expect(withoutIdleWords(options, { guidance: 1, readsThem: true })).toEqual({
    maskBlur: 2,
    regions: [said, { ...said, guidance: 1 }, regions[2]],
  })
  expect(JSON.stringify(withoutIdleWords(options, { guidance: 4, readsThem: false }))).not.toContain('fog')
})
