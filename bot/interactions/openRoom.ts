import { MessageFlags } from 'discord.js'
import type { PersonId } from '../../studio/studio.ts'
import { strings } from '../text/strings.ts'
import type { Bot } from './bot.ts'
import type { RepliableInteraction } from './command.ts'

/**
 * Posts the link of a new room for everybody, and for its owner alone one that signs them in: a person in chat and on
 * the canvas is one person.
 */
export async function openRoom(
  interaction: RepliableInteraction,
  owner: PersonId,
  { studio }: Bot,
  link: string,
  say: (link: string) => string,
): Promise<void> {
  await interaction.editReply({ content: say(link) })
  const code = await studio.people.newCode(owner)
  await interaction.followUp({ content: strings.ownLink(`${link}#code=${code}`), flags: MessageFlags.Ephemeral })
}
