import type { PersonId } from '../../studio/studio.ts'
import { ownRoomMessage, roomMessage } from '../messages/roomReplies.ts'
import type { Bot } from './bot.ts'
import type { RepliableInteraction } from './command.ts'
import { followPrivately, respond } from './respond.ts'

/**
 * Posts the link of a new room for everybody, and for its owner alone one that signs them in: a person in chat and on
 * the canvas is one person.
 */
export async function openRoom(
  interaction: RepliableInteraction,
  owner: PersonId,
  { studio }: Bot,
  { link, content }: { readonly link: string; readonly content: string },
): Promise<void> {
  await respond(interaction, roomMessage(content, link))
  const code = await studio.people.newCode(owner)
  await followPrivately(interaction, ownRoomMessage(`${link}#code=${code}`))
}
