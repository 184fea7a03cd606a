import type { IncomingMessage } from 'node:http'
import { networkInterfaces } from 'node:os'
import { isLocalhost, isLoopback } from './hosts.ts'
import type { Proxies } from './proxies.ts'

/** Addresses that routers give out at home come first: the others often belong to virtual machines. */
const usual = [/^192\.168\./, /^10\./, /^172\.(1[6-9]|2\d|3[01])\./]

/** Where other machines in the local network reach a server on this one, most likely first: `http://192.168.1.2:3000`. */
export function localAddresses({ host, port }: { readonly host: string; readonly port: number }): string[] {
  const found = Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address)
  return reachable(found, host).map(address => `http://${address}:${port}`)
}

/** Those of a machine's IPv4 addresses under which it listens. */
export function reachable(addresses: readonly string[], host: string): string[] {
  const rank = (address: string) => usual.findIndex(pattern => pattern.test(address)) >>> 0
  return addresses
    .filter(address => !address.startsWith('169.254.'))
    .filter(address => host === '0.0.0.0' || host === '::' || host === address)
    .toSorted((a, b) => rank(a) - rank(b))
}

/**
 * Whether a page is open on this machine under localhost. Only to such a page the addresses are told: its own link leads
 * nowhere from elsewhere. Everybody else has come under a name that works, and learns nothing of the network behind it.
 */
export function isOnThisMachine(
  request: IncomingMessage,
  proxies: Pick<Proxies, 'addressOf' | 'isUnknownProxy'>,
): boolean {
  return isLocalhost(request.headers.host) && isLoopback(proxies.addressOf(request)) && !proxies.isUnknownProxy(request)
}
