import { ApplicationCommandType } from 'discord.js'
import { readParameters } from '../../../studio/images/parameters.ts'
import { parametersOf, readRecipe, readTexts } from '../../../studio/images/png.ts'
import { anywhere } from '../../interactions/anywhere.ts'
import type { MessageCommand } from '../../interactions/command.ts'
import { picturesIn } from '../../interactions/messagePictures.ts'
import { respond } from '../../interactions/respond.ts'
import { recipesMessage, type ShownRecipe } from '../../messages/recipeReplies.ts'

/** Of one message. */
const maxPictures = 4

/** In the menu of a message: what its pictures were painted with, as it stands inside them. */
export const recipe: MessageCommand = {
  data: {
    name: 'Recipe of this',
    type: ApplicationCommandType.Message,
    ...anywhere,
  },
  async run({ interaction, bot, t }) {
    const pictures = picturesIn(interaction.targetMessage).slice(0, maxPictures)
    const shown: (ShownRecipe | null)[] = []
    for (const picture of pictures) shown.push(recipeIn(await bot.fetchImage(picture)))
    await respond(interaction, recipesMessage(t, shown))
  },
}

/** Ours, or what AUTOMATIC1111 and its many readers write; null where there is neither. */
function recipeIn(image: Uint8Array): ShownRecipe | null {
  const ours = readRecipe(image)
  const text = ours ? parametersOf(ours) : readTexts(image)['parameters']
  const parameters = text === undefined ? null : readParameters(text)
  return parameters && { ...parameters, isOurs: ours !== undefined, ...(ours && { recipe: ours }) }
}
