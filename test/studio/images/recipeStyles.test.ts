import { expect, it } from 'vitest'
import { type Recipe, stylesOf } from '../../../studio/images/recipe.ts'

it('finds every style of a recipe: its own, its regions’, and those of the first steps of a branch', () => {
  const style = (id: string) => [{ style: id, name: id, weight: 1 }]
  const region = (id: string) => ({ prompt: 'a boat', mask: 'abc', styles: style(id) })
  const recipe = {
    ...{ prompt: 'a red house', seed: 7, steps: 4, guidance: 3, width: 64, height: 64, model: 'm', modelHash: 'h' },
    ...{ styles: style('own'), regions: [region('region')] },
    prefix: [{ prompt: 'a tree', seed: 7, guidance: 3, until: 2, styles: style('prefix'), regions: [region('both')] }],
  } as unknown as Recipe
  expect(stylesOf(recipe).map(each => each.style)).toEqual(['own', 'prefix', 'region', 'both'])
})
