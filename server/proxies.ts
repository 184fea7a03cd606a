import type { IncomingMessage } from 'node:http'
import proxyAddr from '@fastify/proxy-addr'

/** Which proxies may say on whose behalf they speak: a number of hops, or addresses, networks and names of ranges. */
export type TrustProxy = number | readonly string[]

/** Where requests come from. */
export interface Proxies {
  /** Whether the `hop`th address before us is a proxy of ours. */
  trust(address: string, hop: number): boolean
  /** Of whoever sent a request, as far as our proxies are to be believed. */
  addressOf(request: IncomingMessage): string
  /** As which protocol the request reached the outermost of our proxies. */
  protocolOf(request: IncomingMessage): 'http' | 'https'
  /** Whether a proxy stands before us that nobody has told us to trust. */
  isUnknownProxy(request: IncomingMessage): boolean
}

export function createProxies(trusted: TrustProxy): Proxies {
  const trust =
    typeof trusted === 'number' ? (_: string, hop: number) => hop < trusted : proxyAddr.compile([...trusted])
  const isTrusted = ({ socket }: IncomingMessage) => trust(socket.remoteAddress ?? '', 0)
  return {
    trust,
    addressOf: request => proxyAddr(request, trust),
    protocolOf(request) {
      const forwarded = request.headers['x-forwarded-proto']
      return isTrusted(request) && String(forwarded).split(',', 1)[0]?.trim() === 'https' ? 'https' : 'http'
    },
    isUnknownProxy: request => request.headers['x-forwarded-for'] !== undefined && !isTrusted(request),
  }
}
