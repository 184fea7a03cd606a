import { ApplicationCommandOptionType, ApplicationIntegrationType, InteractionContextType } from 'discord.js'
import { limits } from '../../protocol/limits.ts'
import { visibleName } from '../../protocol/names.ts'
import type { Command } from '../interactions/command.ts'
import { openRoom } from '../interactions/openRoom.ts'
import { checkCanvas } from '../interactions/roomLinks.ts'
import { escapeMarkdown } from '../text/markdown.ts'
import { strings } from '../text/strings.ts'

/** Makes a room. The edit link goes to the whole channel: those who talk together draw together. */
export const canvas = {
  data: {
    name: 'canvas',
    description: 'Open a shared canvas and post its link',
    integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
    options: [
      {
        name: 'name',
        description: 'What to call the room',
        type: ApplicationCommandOptionType.String,
        max_length: limits.maxRoomNameCharacters,
      },
    ],
  },
  check: ({ bot }) => checkCanvas(bot),
  async run({ interaction, caller, bot }) {
    const name = interaction.options.getString('name') ?? strings.roomOf(visibleName(caller.name) || 'Someone')
    const by = await caller.person()
    const { room, links } = await bot.studio.rooms.create(by, { name })
    const content = strings.room.open(escapeMarkdown(room.name, 80))
    await openRoom(interaction, by, bot, { link: bot.roomUrl(links.edit), content })
  },
} satisfies Command
