import { Refusal } from '../studio/refusals.ts'

/** As in the words of the refusal `image/large`. */
const maxImageBytes = 10 * 1000 * 1000
const fetchTimeoutMs = 15_000

/** Where Discord keeps attachments; nothing else is ever fetched, so no address of ours can be reached through us. */
const discordHosts = ['cdn.discordapp.com', 'media.discordapp.net']

/** With another `api` than Discord's own, its host serves the attachments too. */
export function attachmentFetcher(api: string | undefined) {
  const origins = discordHosts.map(host => `https://${host}`)
  if (api && new URL(api).hostname !== 'discord.com') origins.push(new URL(api).origin)
  return async ({ url, size }: { readonly url: string; readonly size: number }): Promise<Uint8Array> => {
    const { origin } = new URL(url)
    if (!origins.includes(origin)) {
      throw new Error(`Expected an attachment at one of ${origins.join(', ')}, got one at ${origin}`)
    }
    if (size > maxImageBytes) throw new Refusal('image/large')
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(fetchTimeoutMs) })
    if (!response.ok || !response.body) throw new Refusal('image/broken')
    const chunks: Uint8Array[] = []
    let bytes = 0
    // The size that was announced is not believed.
    for await (const chunk of response.body) {
      bytes += chunk.length
      if (bytes > maxImageBytes) throw new Refusal('image/large')
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }
}
