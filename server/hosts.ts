import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'

/** Names that no name server of the internet answers for: another website cannot make one of them lead to us. */
const localEndings = ['.local', '.localhost', '.internal', '.lan', '.home', '.home.arpa', '.localdomain', '.test']

/**
 * Whether a request's `Host` is one of ours. A page of another website can let its own name lead to this machine (DNS
 * rebinding), and would then be of our origin in everything but its name.
 *
 * Where people are told a public address, that is its host, besides this machine under its own addresses; elsewhere every
 * address and every name of a local network.
 */
export function isOwnHost(host: string | undefined, publicUrl: string | null): boolean {
  const parsed = parseHost(host)
  if (parsed === null) return false
  if (isHere(parsed)) return true
  if (publicUrl !== null && parsed.host === new URL(publicUrl).host) return true
  if (isIP(parsed.hostname)) return publicUrl === null || isOwnAddress(parsed.hostname)
  return publicUrl === null && isLocalName(parsed.hostname)
}

/** Whether a request's `Host` leads nowhere but to this machine. */
export function isLocalhost(host: string | undefined): boolean {
  const parsed = parseHost(host)
  return parsed !== null && isHere(parsed)
}

const isHere = ({ hostname }: Host): boolean => hostname === 'localhost' || isLoopback(hostname)

interface Host {
  /** With the port, unless it is 80. */
  readonly host: string
  /** Without the brackets of IPv6. */
  readonly hostname: string
}

function parseHost(host: string | undefined): Host | null {
  if (host === undefined || !/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`http://${host}`)) return null
  const url = new URL(`http://${host}`)
  return { host: url.host, hostname: url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '') }
}

function isLocalName(name: string): boolean {
  if (!name.includes('.') || localEndings.some(ending => name.endsWith(ending))) return true
  return name === hostname().toLowerCase()
}

/** Whether an address never leaves this machine. */
export const isLoopback = (address: string): boolean =>
  address === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(address)

function isOwnAddress(address: string): boolean {
  return Object.values(networkInterfaces()).some(places => places?.some(place => place.address === address))
}
