import type { APIComponentInContainer } from 'discord.js'
import { accents } from './accents.ts'

/** The whole of a message; what is not in it is taken away. */
export interface Message {
  /** What is read first, as markdown. */
  readonly content: string
  /** The stripe beside it, as 0xRRGGBB. */
  readonly accent: number
  readonly galleries: readonly Gallery[]
  /** Whether its pictures are shown only to those who want to see them. */
  readonly isSpoiler: boolean
  /** The only person whom it pings, by their Discord id. */
  readonly pings: string | null
  /** A file to take along, shown by its name. */
  readonly download: Attached | null
  /** Buttons and menus, with what stands between them. */
  readonly rows: readonly APIComponentInContainer[]
  /** Small lines at the end, as markdown. */
  readonly footer: readonly string[]
}

/** Pictures beside each other, each of which opens alone. */
export interface Gallery {
  readonly label?: string
  readonly pictures: readonly Attached[]
}

export interface Attached {
  /** Unlike that of any other file of the message; letters, digits, dots and hyphens. */
  readonly name: string
  readonly bytes: Uint8Array
  readonly contentType: string
  /** For those who cannot see it. */
  readonly description: string
}

/** A message of these parts and no others. */
export function createMessage(content: string, parts: Partial<Omit<Message, 'content'>> = {}): Message {
  const nothing = { galleries: [], isSpoiler: false, download: null, pings: null, rows: [], footer: [] }
  return { content, accent: accents.notice, ...nothing, ...parts }
}

/** All files of a message, in the order in which they are shown. */
export function filesOf({ galleries, download }: Message): Attached[] {
  return [...galleries.flatMap(({ pictures }) => pictures), ...(download ? [download] : [])]
}

/** The same message with other files in place of its pictures. */
export async function withPictures(
  message: Message,
  change: (picture: Attached) => Promise<Attached>,
): Promise<Message> {
  const galleries = message.galleries.map(async gallery => ({
    ...gallery,
    pictures: await Promise.all(gallery.pictures.map(change)),
  }))
  return { ...message, galleries: await Promise.all(galleries) }
}
