/** Names under which nobody but this machine reaches the server. */
const isHere = (hostname: string): boolean =>
  hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || hostname.startsWith('127.')

/**
 * The whole address of a link, as it can be sent to somebody: under the name in this page's address, or, where that leads
 * nowhere from another machine, under the server's first address in the local network.
 */
export function roomLink(link: string, page: string, addresses: readonly string[]): string {
  const { hostname, origin } = new URL(page)
  const base = isHere(hostname) ? (addresses[0] ?? origin) : origin
  return new URL(link, base).href
}
