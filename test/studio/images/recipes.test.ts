import { describe, expect, it } from 'vitest'
import { type Recipe, recipeIn } from '../../../studio/images/recipe.ts'
import { recipesOf, resolveStyles } from '../../../studio/pictures/pictureOptions.ts'
import { optionsOf, prefixOf } from '../../../studio/pictures/recipeOptions.ts'
import type { FileHash, StyleId } from '../../../studio/studio.ts'
import { openTestEngine } from '../../support/engine.ts'

const { model } = openTestEngine({ hasTinyAutoencoder: true, guidanceEmbedding: false }).info
const file = (letter: string) => letter.repeat(64) as FileHash
const style = { style: 's1' as StyleId, name: 'Sepia', version: 2, weight: 0.7 }

/** All that a recipe can say; what is left out is a compile error. */
const whole: Required<Recipe> = {
  ...{ prompt: 'a red house', understoodAs: '', negativePrompt: 'a cat', unsaid: '' },
  ...{ seed: 7, variation: { seed: 9, strength: 0.2 } },
  ...{ steps: 4, customTimesteps: [999, 749, 499, 249], guidance: 3, guidanceByStep: [8, 4, 2, 1] },
  ...{ width: 64, height: 48, image: file('f'), strength: 0.6, maskImage: file('e'), maskBlur: 4, styles: [style] },
  inkMask: file('c'),
  regions: [{ mask: file('d'), prompt: 'a boat', negativePrompt: 'fog', guidance: 2, styles: [style], weight: 2 }],
  prefix: [{ prompt: 'a lake', seed: 3, guidance: 4, untilStep: 2 }],
  ...{ endStep: 3, upscale: { strength: 0.2 }, autoencoder: 'tiny', model: model.name, modelHash: model.hash },
}
/** As the first release wrote them. */
const old: Recipe = {
  ...{ prompt: 'a red house', seed: 7, steps: 4, guidance: 8, width: 64, height: 48 },
  ...{ image: file('f'), strength: 0.6, model: model.name, modelHash: model.hash },
}

/** The recipe of what is asked for with all that a recipe says. */
async function askedAgain(recipe: Recipe): Promise<Recipe> {
  const names = async (styles: readonly { style: StyleId; weight?: number; version?: number }[]) =>
    styles.map(({ weight = 1, version = 1, ...rest }) => ({ ...rest, name: style.name, weight, version }))
  const options = await resolveStyles(optionsOf(recipe, { same: true }), names)
  return recipesOf(options, model, () => 0)[0]!
}

describe('a recipe', () => {
  it('that says everything comes back whole when the same is asked for again', async () => {
    // What the model understood follows from the prompt.
    const { unsaid: _, understoodAs: __, ...said } = whole
    expect(await askedAgain(whole)).toEqual(said)
  })

  it('of the first release is as valid as ever: read, asked for again, gone on from', async () => {
    expect(recipeIn(JSON.parse(JSON.stringify(old)))).toEqual(old)
    expect(await askedAgain(old)).toEqual(old)
    expect(prefixOf(old, 2)).toEqual([{ prompt: 'a red house', seed: 7, guidance: 8, untilStep: 2 }])
  })
})
