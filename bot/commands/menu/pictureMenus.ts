import { ApplicationCommandType } from 'discord.js'
import { anywhere } from '../../interactions/anywhere.ts'
import type { InteractionContext } from '../../interactions/bot.ts'
import type { MenuInteraction, MessageCommand, PersonCommand } from '../../interactions/command.ts'
import { avatarOf, type ChosenPictures, picturesOf } from '../../interactions/messagePictures.ts'
import { checkAttach } from '../../interactions/respond.ts'

/** Opens a form about pictures, as the first response. */
type OpenForm = (context: InteractionContext<MenuInteraction>, chosen: ChosenPictures) => Promise<void>

/** An entry in the menu of a message, about its pictures. */
export function messageMenu(name: string, openForm: OpenForm): MessageCommand {
  return {
    data: { name, type: ApplicationCommandType.Message, ...anywhere },
    async open(context) {
      checkAttach(context.interaction)
      await openForm(context, picturesOf(context.interaction.targetMessage))
    },
  }
}

/** An entry in the menu of a person, about the picture that they have in Discord. */
export function personMenu(name: string, openForm: OpenForm): PersonCommand {
  return {
    data: { name, type: ApplicationCommandType.User, ...anywhere },
    async open(context) {
      checkAttach(context.interaction)
      await openForm(context, avatarOf(context.interaction.targetUser))
    },
  }
}
