import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { asPictureId, type Picture, type Pictures, type Studio } from '../../studio/studio.ts'
import { heading } from '../messages/replies.ts'
import { truncate } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'
import type { PressContext, PressReplyContext, SubmitContext } from './button.ts'
import { launchRoom } from './launchRoom.ts'
import { openRoom } from './openRoom.ts'
import { paint } from './paint.ts'
import { originOf } from './roomOrigin.ts'

/** What several buttons do with a picture. */

type RequestChange = NonNullable<Parameters<Pictures['again']>[2]>

/** Requests a picture once more, changed, in the name of whoever pressed. */
export async function requestAgain(
  context: PressReplyContext | SubmitContext,
  change: (picture: Picture) => RequestChange,
): Promise<void> {
  const { of, bot } = context
  await paint(context, async (by, chat) => {
    const picture = await findPicture(of, bot.studio)
    return bot.studio.pictures.again(by, picture.id, change(picture), chat)
  })
}

/** The id came from a button, so it may be anything; the studio knows. */
export async function findPicture(of: string, studio: Studio): Promise<Picture> {
  const picture = await studio.pictures.find(asPictureId(of))
  if (!picture) throw new UserError('picture/missing')
  return picture
}

/** Paints over the picture itself. */
export function over({ file }: Picture, strength: number): RequestChange {
  if (!file) throw new UserError('picture/unfinished')
  return { image: file, strength }
}

/** A new room that opens with the picture. `tool`: what its page begins with. */
export async function openOnCanvas(
  context: PressReplyContext,
  { tool }: { readonly tool?: 'region' } = {},
): Promise<void> {
  const { interaction, caller, target, bot, publicT } = context
  const { content, ...room } = roomOf(await findPicture(context.of, bot.studio), publicT, tool)
  const by = await caller.person()
  const { links } = await bot.studio.rooms.create(by, {
    ...room,
    ...caller.where,
    origin: originOf(interaction, target),
  })
  const query = tool === undefined ? '' : `?tool=${tool}`
  await openRoom(interaction, by, context, { link: `${bot.roomUrl(links.edit)}${query}`, content })
}

/** The same inside Discord. */
export async function launchWithPicture(context: PressContext): Promise<void> {
  const picture = await findPicture(context.of, context.bot.studio)
  await launchRoom(context, t => roomOf(picture, t))
}

function roomOf({ id, state, recipe: { prompt } }: Picture, t: Translate, tool?: 'region') {
  if (state !== 'finished') throw new UserError('picture/unfinished')
  const key = tool === 'region' ? 'room.openedForRegion' : 'room.opened'
  const name = truncate(prompt, limits.maxRoomNameCharacters)
  return { name, opening: id, content: t(key, { prompt: heading(prompt) }) }
}
