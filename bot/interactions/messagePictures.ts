import { ComponentType, type Message, type User } from 'discord.js'
import { UserError } from '../../protocol/errors.ts'
import { type ChatReplyTarget, objectIn } from '../../studio/studio.ts'
import type { Bot, InteractionContext } from './bot.ts'
import type { MenuInteraction } from './command.ts'
import { placeOf } from './guildPlace.ts'
import type { OfferedPicture } from './teach.ts'

/** The pictures that somebody chose from the menu of a message or a person, and whose they are. */
export interface ChosenPictures {
  readonly pictures: readonly OfferedPicture[]
  /** Whoever sent them or asked a bot for them, by their Discord id; null: nobody who could be asked. */
  readonly author: { readonly id: string; readonly name: string } | null
  /** Of the message that they stand in; null for the picture that a person has in Discord. */
  readonly link: string | null
}

/** As large as models like it; Discord has them at powers of two. */
const avatarPixels = 512

/** All pictures of a message: what is attached, and what its components show. @throws UserError where there are none */
export function picturesIn(message: Message): OfferedPicture[] {
  const attached = [...message.attachments.values()]
    .filter(({ contentType }) => contentType?.startsWith('image/'))
    .map(({ url, size, description }) => ({ url, size, description }))
  const urls = new Set(attached.map(({ url }) => url))
  const shown = mediaIn(message.components.map(one => one.toJSON())).filter(({ url }) => !urls.has(url))
  const all = [...attached, ...shown]
  if (!all.length) throw new UserError('chat/no-pictures')
  return all
}

/** What is shown without being attached; how large it is, only whoever fetches it learns. */
function mediaIn(components: readonly unknown[]): OfferedPicture[] {
  return components.flatMap(component => {
    const { type, items, components: inner } = objectIn(component)
    if (type !== ComponentType.MediaGallery) return Array.isArray(inner) ? mediaIn(inner) : []
    return (Array.isArray(items) ? items : []).flatMap(item => {
      const { media, description } = objectIn(item)
      const { url, content_type: kind } = objectIn(media)
      const isPicture = typeof url === 'string' && /^https?:/.test(url) && !/^(video|audio)\//.test(String(kind))
      return isPicture ? [{ url, size: 0, description: typeof description === 'string' ? description : null }] : []
    })
  })
}

/** The picture that somebody has in Discord, as a file that does not move; how large it is, only whoever fetches it learns. */
export function avatarOf(user: User): ChosenPictures {
  const url = user.displayAvatarURL({ extension: 'png', size: avatarPixels, forceStatic: true })
  return {
    pictures: [{ url, size: 0, description: null }],
    author: user.bot ? null : { id: user.id, name: user.displayName },
    link: null,
  }
}

/** All of a message, from its menu. @throws UserError where it has no pictures */
export function picturesOf(message: Message): ChosenPictures {
  return { pictures: picturesIn(message), author: authorOf(message), link: message.url }
}

/** Whoever sent a message, or asked for it where a bot sent it. */
function authorOf({ author, interactionMetadata, webhookId }: Message): ChosenPictures['author'] {
  const person = interactionMetadata?.user ?? (author.bot || webhookId !== null ? null : author)
  return person && { id: person.id, name: person.displayName }
}

/** Stores what was chosen for the form that was opened, which comes back with the id of this interaction. */
export async function keepChosen(
  { interaction, bot }: InteractionContext<MenuInteraction>,
  chosen: ChosenPictures,
): Promise<void> {
  await bot.studio.chat.keepPayload(targetOf(interaction), chosen)
}

/** What an earlier interaction stored. @throws UserError where that was too long ago */
export async function findChosen(bot: Bot, interactionId: string): Promise<ChosenPictures & Record<string, unknown>> {
  const { pictures, author, link, ...rest } = objectIn(await bot.studio.chat.payloadOf(interactionId))
  if (!Array.isArray(pictures)) throw new UserError('chat/button')
  // As `keepChosen` has written them.
  return {
    ...{ ...rest, pictures, author: (author ?? null) as ChosenPictures['author'] },
    link: typeof link === 'string' ? link : null,
  }
}

/** Where an interaction came from, without a message that answers it. */
export function targetOf(
  interaction: Pick<MenuInteraction, 'id' | 'token' | 'applicationId' | 'locale' | 'guildLocale'> &
    Parameters<typeof placeOf>[0],
): ChatReplyTarget {
  const { id, token, applicationId, channelId, guildId, guildLocale, locale } = interaction
  return {
    ...{ applicationId, interactionId: id, interactionToken: token, channelId: channelId ?? '', guildId },
    ...{ messageId: null, locale: guildLocale ?? locale, ...placeOf(interaction) },
  }
}
