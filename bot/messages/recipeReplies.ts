import type { Parameters } from '../../studio/images/parameters.ts'
import type { Recipe } from '../../studio/studio.ts'
import { escapeMarkdown } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'
import { accents } from './accents.ts'
import { createMessage, type Message } from './message.ts'

/** What stands inside a picture about how it was painted. */
export interface ShownRecipe extends Parameters {
  readonly isOurs: boolean
  readonly recipe?: Recipe
}

/** Discord shows 4000 characters of a message; four prompts and their settings fit. */
const promptCharacters = 400
const settingsCharacters = 400

/** The recipes of a message's pictures in their order; null: that one carries none. */
export function recipesMessage(t: Translate, recipes: readonly (ShownRecipe | null)[]): Message {
  const parts = recipes.map((one, index) => {
    const number = recipes.length > 1 ? `${t('picture.number', { number: index + 1 })}  ` : ''
    return one ? `${number}${recipeText(t, one)}` : `${number}${t('recipe.none')}`
  })
  const isOurs = recipes.some(one => one?.isOurs)
  const isForeign = recipes.some(one => one && !one.isOurs)
  return createMessage(parts.join('\n'), {
    accent: isOurs || isForeign ? accents.house : accents.notice,
    footer: [...(isOurs ? [t('recipe.ours')] : []), ...(isForeign ? [t('recipe.foreign')] : [])],
  })
}

function recipeText(t: Translate, { prompt, negativePrompt, settings, recipe }: ShownRecipe): string {
  const line = settings.map(([name, value]) => `${name} ${value}`).join(' · ')
  const before = recipe?.prefix ?? []
  return [
    `**${escapeMarkdown(prompt, promptCharacters)}**`,
    ...(negativePrompt ? [t('recipe.negative', { prompt: escapeMarkdown(negativePrompt, promptCharacters) })] : []),
    ...before.map(each =>
      t('recipe.until', { step: each.untilStep, prompt: escapeMarkdown(each.prompt, promptCharacters / 2) }),
    ),
    escapeMarkdown(line, settingsCharacters),
  ].join('\n')
}
