import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a request may act for a person: CORS does not cover WebSockets, so HTTP and Socket.IO both check this. Browsers always name
 * the origin of a WebSocket and of a POST; what names none is no browser and carries no one's cookie by accident.
 */
export function isOwnOrigin(headers: IncomingHttpHeaders, publicUrl: string | null): boolean {
  const { origin, host } = headers
  if (origin === undefined) return true
  if (!URL.canParse(origin)) return false
  const { host: from, origin: exact } = new URL(origin)
  return from === host || (publicUrl !== null && exact === new URL(publicUrl).origin)
}
