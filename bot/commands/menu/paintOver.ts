import { ApplicationCommandType, ApplicationIntegrationType, InteractionContextType } from 'discord.js'
import { limits } from '../../../protocol/limits.ts'
import type { MessageCommand } from '../../interactions/command.ts'
import { authorOf, keepChosen, picturesIn } from '../../interactions/messagePictures.ts'
import { checkAttach } from '../../interactions/respond.ts'
import { modal } from '../../messages/modal.ts'

/** In the menu of a message: paints over one of its pictures. */
export const paintOver: MessageCommand = {
  data: {
    name: 'Paint over this',
    type: ApplicationCommandType.Message,
    integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
  },
  async open(context) {
    const { interaction, t } = context
    checkAttach(interaction)
    const pictures = picturesIn(interaction.targetMessage).slice(0, 25)
    const options = pictures.map((_, index) => ({
      ...{ value: String(index), label: t('picture.number', { number: index + 1 }), default: index === 0 },
    }))
    const { maxPromptCharacters: maxCharacters } = limits
    await interaction.showModal(
      modal({ action: 'paintover', of: interaction.id }, t('paintover.title'), [
        ...(pictures.length > 1 ? [{ id: 'picture', label: t('paintover.picture.label'), options }] : []),
        { id: 'prompt', label: t('edit.prompt.label'), maxCharacters, isLong: true, isRequired: true },
        {
          ...{ id: 'strength', label: t('remix.strength.label'), description: t('remix.strength.description') },
          ...{ value: '0.6', maxCharacters: 5, isRequired: true },
        },
      ]),
    )
    await keepChosen(context, { pictures, author: authorOf(interaction.targetMessage) })
  },
}
