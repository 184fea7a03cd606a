import type { ChatReplyTarget, PersonId, RequestedPictures } from '../../studio/studio.ts'
import { pictureUpdater } from '../delivery/pictureUpdater.ts'
import type { ReplyContext } from './bot.ts'
import type { RepliableInteraction } from './command.ts'
import { pictureLinks } from './roomLinks.ts'

/** Requests pictures of the studio in somebody's name and keeps the acknowledged message up to date with them. */
export async function paint(
  { caller, target, bot }: ReplyContext<RepliableInteraction>,
  request: (by: PersonId, chat: ChatReplyTarget) => Promise<RequestedPictures>,
): Promise<void> {
  const requested = await request(await caller.person(), target)
  bot.follow(
    pictureUpdater({
      ...{ ...requested, target, createdAt: new Date(), studio: bot.studio, links: pictureLinks(bot) },
      isSpoiler: () => bot.isSpoiler(target),
      translate: () => bot.translateFor(target),
    }),
  )
}
