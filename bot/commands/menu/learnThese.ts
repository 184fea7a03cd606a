import { ApplicationCommandType, ApplicationIntegrationType, InteractionContextType } from 'discord.js'
import { UserError } from '../../../protocol/errors.ts'
import type { MessageCommand } from '../../interactions/command.ts'
import { authorOf, keepChosen, picturesIn } from '../../interactions/messagePictures.ts'
import { checkAttach } from '../../interactions/respond.ts'
import { teachForm } from '../../messages/teachForm.ts'

/** In the menu of a message: learns a style from its pictures, if whoever sent them allows it. */
export const learnThese: MessageCommand = {
  data: {
    name: 'Learn this style',
    type: ApplicationCommandType.Message,
    integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
  },
  async open(context) {
    const { interaction, caller, t } = context
    checkAttach(interaction)
    const pictures = picturesIn(interaction.targetMessage)
    const author = authorOf(interaction.targetMessage)
    if (!author) throw new UserError('chat/no-author')
    const form = {
      name: '',
      needsPictures: false,
      hasPictures: true,
      current: 'private',
      guild: caller.where.guild,
    } as const
    await interaction.showModal(teachForm(t, { action: 'teachthese', of: interaction.id }, form))
    await keepChosen(context, { pictures, author })
  },
}
