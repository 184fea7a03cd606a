import { ButtonStyle, ComponentType } from 'discord.js'
import type { ActivityResult, Files, Picture } from '../../studio/studio.ts'
import { escapeMarkdown } from '../text/markdown.ts'
import type { Translate } from '../text/translate.ts'
import { accentOf, accents } from './accents.ts'
import { createMessage, type Message } from './message.ts'
import { type FinalOptions, picturesOf, shownPicture } from './replies.ts'

/** What stands in chat about a room: a button that opens it, and its link to copy. */
export function roomMessage(t: Translate, content: string, link: string): Message {
  return createMessage(content, {
    accent: accents.house,
    rows: [linkRow(t('button.room'), link)],
    footer: [link],
  })
}

/** What came of a room inside Discord when everybody has left it. */
export async function activityResultMessage(
  t: Translate,
  { room, pictures, painters }: ActivityResult,
  { files, link, isSpoiler }: { readonly files: Files; readonly link: string; readonly isSpoiler: boolean },
): Promise<Message> {
  const name = `**${escapeMarkdown(room.name, 80)}**`
  const names = painters.slice(0, maxPainters).map(one => escapeMarkdown(one, 40))
  if (painters.length > maxPainters) names.push(t('list.more', { count: painters.length - maxPainters }))
  const people = new Intl.ListFormat(t.language, { type: 'conjunction' }).format(names)
  const shown = pictures.length ? await picturesOf(t, pictures.slice(0, maxPictures), files) : []
  return createMessage(names.length ? t('room.painted', { name, people }) : t('room.nobodyPainted', { name }), {
    accent: shown[0] ? await accentOf(shown[0].bytes) : accents.house,
    // Two frames may have been painted from one seed.
    galleries: shown.length
      ? [{ pictures: shown.map((one, index) => ({ ...one, name: `${index + 1}-${one.name}` })) }]
      : [],
    isSpoiler,
    rows: [linkRow(t('button.room'), link)],
  })
}

/** A picture that somebody has sent from a room's page: with its recipe, what can be done with it, and a way back. */
export async function sentPicture(
  picture: Picture,
  options: FinalOptions,
  {
    room,
    by,
    link,
    mayDraw,
  }: {
    readonly room: string
    /** Whoever sent it, by their Discord id: shown by their name there, and not pinged. */
    readonly by: string
    /** Of the room's page; null where nobody else could open it. */
    readonly link: string | null
    readonly mayDraw: boolean
  },
): Promise<Message> {
  const { t } = options
  const { content, rows, ...message } = await shownPicture(picture, options)
  const sent = t('room.sent', { person: `<@${by}>`, room: escapeMarkdown(room, 80) })
  return {
    ...{ ...message, content: `${content}\n${sent}` },
    rows: [...(link === null ? [] : [linkRow(t(mayDraw ? 'button.room' : 'button.look'), link)]), ...rows],
  }
}

const maxPainters = 20
const maxPictures = 4

/** For whoever opened it alone: the link that signs them in. */
export function ownRoomMessage(t: Translate, link: string): Message {
  return createMessage(t('room.ownLink'), {
    accent: accents.house,
    rows: [linkRow(t('button.ownRoom'), link)],
  })
}

/** A button that leads out of Discord. */
export function linkRow(label: string, url: string) {
  const button = { type: ComponentType.Button as const, style: ButtonStyle.Link as const, label, url }
  return { type: ComponentType.ActionRow as const, components: [button] }
}
