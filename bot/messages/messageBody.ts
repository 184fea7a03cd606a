import {
  type APIComponentInContainer,
  type APIMessageTopLevelComponent,
  ComponentType,
  MessageFlags,
  type RawFile,
} from 'discord.js'
import { type Attached, filesOf, type Message } from './message.ts'

/** A message as Discord's REST routes take it. */
export interface MessageBody {
  readonly flags: number
  readonly components: readonly APIMessageTopLevelComponent[]
  readonly attachments: readonly { readonly id: string; readonly filename: string; readonly description: string }[]
  readonly allowed_mentions: { readonly parse: readonly never[]; readonly users?: readonly string[] }
}

/**
 * A message of Components V2 (components/reference): what it says stands in its components, and every file is shown by
 * one. A message that once had the flag keeps it, so all of ours have it. Nobody is pinged but whom it asks.
 */
export function bodyOf(message: Message): MessageBody {
  const { content, accent, galleries, isSpoiler, download, pings, rows, footer } = message
  const parts: APIComponentInContainer[] = [
    text(content),
    ...galleries.flatMap(({ label, pictures }) => [
      ...(label ? [text(`**${label}**`)] : []),
      gallery(pictures, isSpoiler),
    ]),
    ...(download ? [{ type: ComponentType.File as const, file: { url: urlOf(download) } }] : []),
    ...rows,
    ...(footer.length ? [text(footer.map(line => `-# ${line}`).join('\n'))] : []),
  ]
  const files = filesOf(message)
  return {
    flags: MessageFlags.IsComponentsV2,
    components: [{ type: ComponentType.Container, accent_color: accent, components: parts }],
    // Named or not, what was attached before goes: Discord would add the new files to the old ones.
    attachments: files.map(({ name, description }, index) => ({ id: String(index), filename: name, description })),
    allowed_mentions: { parse: [], ...(pings !== null && { users: [pings] }) },
  }
}

/** The files of a message, as `files[0]`, `files[1]` … */
export function uploadsOf(message: Message): RawFile[] {
  return filesOf(message).map(({ name, bytes, contentType }) => ({ name, data: Buffer.from(bytes), contentType }))
}

function text(content: string) {
  return { type: ComponentType.TextDisplay as const, content }
}

function gallery(pictures: readonly Attached[], spoiler: boolean) {
  const items = pictures.map(picture => ({
    ...{ media: { url: urlOf(picture) }, description: picture.description, spoiler },
  }))
  return { type: ComponentType.MediaGallery as const, items }
}

const urlOf = ({ name }: Attached) => `attachment://${name}`
