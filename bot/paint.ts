import type { ChatReplyTarget, PersonId, RequestedPictures } from '../studio/studio.ts'
import type { Bot, Caller } from './bot.ts'
import type { RepliableInteraction } from './command.ts'
import { pictureUpdater } from './pictureUpdater.ts'
import { checkAttach } from './respond.ts'

/** Asks the studio for pictures in somebody's name and follows them in the message that was promised. */
export async function paint(
  interaction: RepliableInteraction,
  caller: Caller,
  target: ChatReplyTarget,
  bot: Bot,
  ask: (by: PersonId) => Promise<RequestedPictures>,
): Promise<void> {
  if (!(await checkAttach(interaction))) return
  const asked = await ask(await caller.person())
  bot.follow(pictureUpdater({ ...asked, target, createdAt: new Date(), studio: bot.studio }))
}
