import { ApplicationCommandOptionType, type PrimaryEntryPointCommandInteraction } from 'discord.js'
import { limits } from '../../protocol/limits.ts'
import { visibleName } from '../../protocol/names.ts'
import { anywhere } from '../interactions/anywhere.ts'
import type { Caller, InteractionContext } from '../interactions/bot.ts'
import type { Command } from '../interactions/command.ts'
import { launchRoom } from '../interactions/launchRoom.ts'
import { openRoom } from '../interactions/openRoom.ts'
import { checkCanvas } from '../interactions/roomLinks.ts'
import { originOf } from '../interactions/roomOrigin.ts'
import { escapeMarkdown, truncate } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'

/** Makes a room. The edit link goes to the whole channel: those who talk together draw together. */
export const canvas = {
  data: {
    name: 'canvas',
    ...anywhere,
    options: [
      {
        name: 'name',
        type: ApplicationCommandOptionType.String,
        max_length: limits.maxRoomNameCharacters,
      },
    ],
  },
  check: ({ bot }) => checkCanvas(bot),
  launch: context =>
    launchRoom(context, t => named(t, context.interaction.options.getString('name') ?? usualName(t, context.caller))),
  async run(context) {
    const { interaction, caller, target, bot, publicT: t } = context
    const name = interaction.options.getString('name') ?? usualName(t, caller)
    const by = await caller.person()
    const origin = originOf(interaction, target)
    const { room, links } = await bot.studio.rooms.create(by, { name, ...caller.where, origin })
    await openRoom(interaction, by, context, { link: bot.roomUrl(links.edit), content: named(t, room.name).content })
  },
} satisfies Command

/** Discord's launcher: a new room. */
export async function launchFromLauncher(
  context: InteractionContext<PrimaryEntryPointCommandInteraction>,
): Promise<void> {
  checkCanvas(context.bot)
  await launchRoom(context, t => named(t, usualName(t, context.caller)))
}

const named = (t: Translate, name: string) => ({ name, content: t('room.open', { name: escapeMarkdown(name, 80) }) })

function usualName(t: Translate, { name }: Caller): string {
  const person = visibleName(name)
  return truncate(person ? t('room.of', { person }) : t('room.ofSomebody'), limits.maxRoomNameCharacters)
}
