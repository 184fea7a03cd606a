import { ApplicationCommandOptionType, ApplicationIntegrationType, InteractionContextType } from 'discord.js'
import { limits } from '../../protocol/limits.ts'
import { visibleName } from '../../protocol/names.ts'
import type { Command } from '../interactions/command.ts'
import { openRoom } from '../interactions/openRoom.ts'
import { checkCanvas } from '../interactions/roomLinks.ts'
import { escapeMarkdown, truncate } from '../text/markdown.ts'

/** Makes a room. The edit link goes to the whole channel: those who talk together draw together. */
export const canvas = {
  data: {
    name: 'canvas',
    integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
    options: [
      {
        name: 'name',
        type: ApplicationCommandOptionType.String,
        max_length: limits.maxRoomNameCharacters,
      },
    ],
  },
  check: ({ bot }) => checkCanvas(bot),
  async run(context) {
    const { interaction, caller, bot, publicT: t } = context
    const person = visibleName(caller.name)
    const usual = person ? t('room.of', { person }) : t('room.ofSomebody')
    const name = interaction.options.getString('name') ?? truncate(usual, limits.maxRoomNameCharacters)
    const by = await caller.person()
    const { room, links } = await bot.studio.rooms.create(by, { name, ...caller.where })
    const content = t('room.open', { name: escapeMarkdown(room.name, 80) })
    await openRoom(interaction, by, context, { link: bot.roomUrl(links.edit), content })
  },
} satisfies Command
