import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a request may act for a person: CORS does not cover WebSockets, so HTTP and Socket.IO both check this, after
 * `isOwnHost`. Browsers always name the origin of a WebSocket and of a POST; what names none is no browser and carries no
 * one's cookie by accident. Scheme, host and port must be ours: the public address, or where the request came to.
 */
export function isOwnOrigin(
  headers: Pick<IncomingHttpHeaders, 'origin' | 'host'>,
  options: {
    readonly publicUrl: string | null
    /** Of our page inside Discord. */
    readonly activityOrigin?: string | undefined
    readonly protocol: 'http' | 'https'
  },
): boolean {
  const { origin, host } = headers
  if (origin === undefined) return true
  if (!URL.canParse(origin)) return false
  const { publicUrl, activityOrigin, protocol } = options
  if (activityOrigin !== undefined && new URL(origin).origin === activityOrigin) return true
  if (publicUrl !== null && new URL(origin).origin === new URL(publicUrl).origin) return true
  if (host === undefined || !URL.canParse(`${protocol}://${host}`)) return false
  const here = new URL(`${protocol}://${host}`)
  // The public name under another scheme is not the public address.
  if (publicUrl !== null && here.hostname === new URL(publicUrl).hostname) return false
  return new URL(origin).origin === here.origin
}
