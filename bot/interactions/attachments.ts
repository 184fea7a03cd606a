import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { Attachment } from './bot.ts'

/** What may be attached: at most so much, and what is said otherwise. */
export interface AttachmentKind {
  readonly maxBytes: number
  readonly large: () => UserError
  readonly broken: () => UserError
}
const imageKind: AttachmentKind = {
  // As the error's message says.
  maxBytes: limits.maxUploadBytes,
  large: () => new UserError('image/large'),
  broken: () => new UserError('image/broken'),
}
export const styleFileKind: AttachmentKind = {
  maxBytes: 32 * 1000 * 1000,
  large: () => new UserError('chat/style-file-large'),
  broken: () => new UserError('chat/style-file-broken'),
}

const fetchTimeoutMs = 15_000

/** Where Discord keeps attachments; nothing else is ever fetched, so no address of ours can be reached through us. */
const discordHosts = ['cdn.discordapp.com', 'media.discordapp.net']

/** Whether an API is Discord's own. */
export function isDiscord(api: string): boolean {
  return new URL(api).hostname === 'discord.com'
}

/** With another `api` than Discord's own, its host serves the attachments too. */
export function attachmentFetcher(api: string | undefined) {
  const origins = discordHosts.map(host => `https://${host}`)
  if (api && !isDiscord(api)) origins.push(new URL(api).origin)
  return async ({ url, size }: Attachment, kind = imageKind): Promise<Uint8Array> => {
    const { maxBytes, large, broken } = kind
    const { origin } = new URL(url)
    if (!origins.includes(origin)) {
      throw new Error(`Expected an attachment at one of ${origins.join(', ')}, got one at ${origin}`)
    }
    if (size > maxBytes) throw large()
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(fetchTimeoutMs) })
    if (!response.ok || !response.body) throw broken()
    const chunks: Uint8Array[] = []
    let bytes = 0
    // The size that was announced is not believed.
    for await (const chunk of response.body) {
      bytes += chunk.length
      if (bytes > maxBytes) throw large()
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }
}
