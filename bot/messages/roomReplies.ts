import { ButtonStyle, ComponentType } from 'discord.js'
import type { Translate } from '../text/translate.ts'
import { accents } from './accents.ts'
import { createMessage, type Message } from './message.ts'

/** What stands in chat about a room: a button that opens it, and its link to copy. */
export function roomMessage(t: Translate, content: string, link: string): Message {
  return createMessage(content, {
    accent: accents.house,
    rows: [linkRow(t('button.room'), link)],
    footer: [link],
  })
}

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
