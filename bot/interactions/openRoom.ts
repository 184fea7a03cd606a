import type { PersonId } from '../../studio/studio.ts'
import { ownRoomMessage, roomMessage } from '../messages/roomReplies.ts'
import type { ReplyContext } from './bot.ts'
import type { RepliableInteraction } from './command.ts'
import { followPrivately, respond } from './respond.ts'

/**
 * Posts the link of a new room for everybody, and for its owner alone one that signs them in: a person in chat and on
 * the canvas is one person.
 */
export async function openRoom(
  interaction: RepliableInteraction,
  owner: PersonId,
  { bot: { studio }, t, publicT }: Pick<ReplyContext<unknown>, 'bot' | 't' | 'publicT'>,
  { link, content }: { readonly link: string; readonly content: string },
): Promise<void> {
  await respond(interaction, roomMessage(publicT, content, link))
  const code = await studio.people.newCode(owner)
  await followPrivately(interaction, ownRoomMessage(t, `${link}#code=${code}`))
}
