/** Names under which nobody else reaches the server: those of this machine, and that of a page inside Discord. */
const isHere = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  hostname.startsWith('127.') ||
  hostname.endsWith('.discordsays.com')

/**
 * The whole address of a link, as it can be sent to somebody: under the name in this page's address, or, where that leads
 * nowhere from elsewhere, under the first address that the server has told.
 */
export function roomLink(link: string, page: string, addresses: readonly string[]): string {
  const { hostname, origin } = new URL(page)
  const base = isHere(hostname) ? (addresses[0] ?? origin) : origin
  return new URL(link, base).href
}
