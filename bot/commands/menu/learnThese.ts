import { ApplicationCommandType } from 'discord.js'
import { UserError } from '../../../protocol/errors.ts'
import type { InteractionContext } from '../../interactions/bot.ts'
import type { MenuInteraction, MessageCommand, PersonCommand } from '../../interactions/command.ts'
import { avatarOf, type ChosenPictures, keepChosen, picturesOf } from '../../interactions/messagePictures.ts'
import { checkAttach } from '../../interactions/respond.ts'
import { teachForm } from '../../messages/teachForm.ts'
import { anywhere } from './anywhere.ts'

/** In the menu of a message: learns a style from its pictures, if whoever sent them allows it. */
export const learnThese: MessageCommand = {
  data: {
    name: 'Learn this style',
    type: ApplicationCommandType.Message,
    ...anywhere,
  },
  async open(context) {
    checkAttach(context.interaction)
    await openForm(context, picturesOf(context.interaction.targetMessage))
  },
}

/** In the menu of a person: learns a style from the picture that they have in Discord, if they allow it. */
export const learnAvatar: PersonCommand = {
  data: {
    name: 'Learn style of avatar',
    type: ApplicationCommandType.User,
    ...anywhere,
  },
  async open(context) {
    checkAttach(context.interaction)
    await openForm(context, avatarOf(context.interaction.targetUser))
  },
}

async function openForm(context: InteractionContext<MenuInteraction>, chosen: ChosenPictures): Promise<void> {
  const { interaction, caller, t } = context
  if (!chosen.author) throw new UserError('chat/no-author')
  const form = {
    name: '',
    needsPictures: false,
    hasPictures: true,
    current: 'private',
    guild: caller.where.guild,
  } as const
  await interaction.showModal(teachForm(t, { action: 'teachthese', of: interaction.id }, form))
  await keepChosen(context, chosen)
}
