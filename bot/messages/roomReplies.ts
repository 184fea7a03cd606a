import { ButtonStyle, ComponentType } from 'discord.js'
import { strings } from '../text/strings.ts'
import { accents } from './accents.ts'
import { createMessage, type Message } from './message.ts'

/** What stands in chat about a room: a button that opens it, and its link to copy. */
export function roomMessage(content: string, link: string): Message {
  return createMessage(content, {
    accent: accents.house,
    rows: [linkRow(strings.room.button, link)],
    footer: [link],
  })
}

/** For whoever opened it alone: the link that signs them in. */
export function ownRoomMessage(link: string): Message {
  return createMessage(strings.ownLink, {
    accent: accents.house,
    rows: [linkRow(strings.room.ownButton, link)],
  })
}

/** A button that leads out of Discord. */
export function linkRow(label: string, url: string) {
  const button = { type: ComponentType.Button as const, style: ButtonStyle.Link as const, label, url }
  return { type: ComponentType.ActionRow as const, components: [button] }
}
