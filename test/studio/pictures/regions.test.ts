import { expect, test } from 'vitest'
import { recipesOf, resolveStyles } from '../../../studio/pictures/pictureOptions.ts'
import { optionsOf } from '../../../studio/pictures/recipeOptions.ts'
import type { FileHash, StyleId } from '../../../studio/studio.ts'
import type { StyleSelection } from '../../../studio/styles/styleResolver.ts'
import { openTestEngine } from '../../support/engine.ts'

const { model } = openTestEngine({ guidanceEmbedding: false }).info
const mask = 'a'.repeat(64) as FileHash
const ink = { style: 'ink' as StyleId, weight: 1 }
const resolve = async (styles: readonly StyleSelection[]) =>
  styles.map(({ style, weight = 1 }) => ({ style, weight, name: style, version: 1 }))

async function regionsOf(whole: object, ...regions: object[]) {
  const said = {
    prompt: 'a house',
    seed: 1,
    ...whole,
    regions: regions.map(one => ({ mask, prompt: 'a tree', ...one })),
  }
  const [recipe] = recipesOf(await resolveStyles(said, resolve), model, () => 1)
  return recipe!
}

test('a region has what the whole picture has, as far as it says nothing else', async () => {
  const whole = { negativePrompt: 'fog', guidanceByStep: [4, 3, 2, 1], styles: [ink] }
  const own = { negativePrompt: 'cats', guidance: 6, styles: [{ ...ink, weight: 0.5 }] }
  const none = { negativePrompt: '', styles: [] }
  const { regions } = await regionsOf(whole, {}, own, none)
  const inherited = { prompt: 'a tree', mask, guidance: model.defaults.guidance }
  expect(regions).toEqual([
    { ...inherited, ...whole, styles: [{ ...ink, name: 'ink', version: 1 }] },
    { ...inherited, ...own, styles: [{ ...ink, weight: 0.5, name: 'ink', version: 1 }] },
    { ...inherited, guidanceByStep: whole.guidanceByStep },
  ])
})

test('words to keep away from stay out of a region without guidance, which would be refused for them', async () => {
  const { regions } = await regionsOf({ negativePrompt: 'fog', guidance: 4 }, { guidance: 1 })
  expect(regions).toEqual([{ prompt: 'a tree', mask, guidance: 1 }])
})

test('what a recipe says of its regions is asked for again as it was, whatever its whole picture has', async () => {
  const recipe = await regionsOf({ negativePrompt: 'fog', styles: [ink] }, { negativePrompt: '', styles: [] }, {})
  const again = recipesOf(await resolveStyles(optionsOf(recipe, { same: true }), resolve), model, () => 1)
  expect(again[0]!.regions).toEqual(recipe.regions)
})
