/**
 * Pages of a room that another server has. This one has let them in; from then on it passes every message on, both ways,
 * and knows nothing of the room. A server trusts what another says of a page that it has let in.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { io, type Socket } from 'socket.io-client'
import type { Log } from '../logging.ts'
import type { ClientToServer, EnterRequest, Reply, ServerToClient, Welcome } from '../protocol/events.ts'
import type { Guard } from '../protocol/guard.ts'
import { asPersonId, type PersonId } from '../studio/studio.ts'
import type { RoomSocket } from './socketTypes.ts'

/** What servers know each other by, and how they pass pages on. */
export interface Relays {
  /** Whom another server of ours has let in, and from where; null: it comes from no server of ours. */
  pageOf(request: IncomingMessage): { readonly person: PersonId; readonly address: string } | null
  open(url: string, page: RelayedPage): Relay
}

export interface RelayedPage {
  readonly socket: RoomSocket
  readonly address: string
  /** The other server has gone, or has sent the page away; `isSentAway`: it is not to come back by itself. */
  onLost(isSentAway: boolean): void
}

interface Entrances {
  readonly 'room:enter': { readonly request: EnterRequest; readonly value: Welcome }
  readonly 'frame:watch': {
    readonly request: Parameters<ClientToServer['frame:watch']>[0]
    readonly value: { readonly width: number; readonly height: number }
  }
}

/** One page's line to the server that has its room. */
export interface Relay {
  readonly url: string
  /** Whether nothing listens there: most likely that server has ended. */
  readonly isRefused: boolean
  /**
   * Comes into a room, or sees a frame of one. null: that server does not answer, or has the room no more. `accepted` is called
   * before any event that follows the answer is passed on.
   */
  ask<E extends keyof Entrances>(
    event: E,
    request: Entrances[E]['request'],
    accepted?: (value: Entrances[E]['value']) => void,
  ): Promise<Reply<Entrances[E]['value']> | null>
  /** With the function that takes the answer as its last argument, where there is one. */
  pass(event: string, args: readonly unknown[]): void
  close(): void
}

const headers = { secret: 'x-fourstroke-cluster', person: 'x-fourstroke-person', address: 'x-fourstroke-address' }
const answerMs = 5_000

export function createRelays(tools: { readonly secret: string; readonly guard: Guard; readonly log: Log }): Relays {
  const { secret, guard, log } = tools
  const reached = watchAddresses(log)
  return {
    pageOf({ headers: given }) {
      const [theirs, person, address] = [given[headers.secret], given[headers.person], given[headers.address]]
      if (typeof theirs !== 'string' || typeof person !== 'string' || typeof address !== 'string') return null
      return isSameSecret(secret, theirs) ? { person: asPersonId(person), address } : null
    },
    open: (url, page) => openRelay(url, page, { secret, guard, reached }),
  }
}

function openRelay(
  url: string,
  { socket: page, address, onLost }: RelayedPage,
  {
    secret,
    guard,
    reached,
  }: { readonly secret: string; readonly guard: Guard; readonly reached: (url: string, isReached: boolean) => void },
): Relay {
  const upstream: Socket<ServerToClient, ClientToServer> = io(url, {
    ...{ transports: ['websocket'], forceNew: true, reconnection: false, timeout: answerMs },
    extraHeaders: {
      [headers.secret]: secret,
      [headers.person]: page.data.person.id,
      [headers.address]: address,
    },
  })
  let isEntered = false
  let isClosed = false
  let isRefused = false
  upstream.once(
    'connect_error',
    guard('It could not be read why a server cannot be reached', (error: Error) => {
      isRefused = wasRefused(error)
      reached(url, false)
    }),
  )
  upstream.once(
    'connect',
    guard('It could not be noted that a server was reached', () => reached(url, true)),
  )
  /** Resolves when that server cannot be reached, or the line has ended. */
  const ended = new Promise<null>(resolve => {
    const end = guard('A relay could not end', () => resolve(null))
    upstream.once('connect_error', end)
    upstream.once('disconnect', end)
  })

  upstream.onAny(
    guard('An event of another server could not be passed on', (event: keyof ServerToClient, ...args: unknown[]) => {
      // The next place comes in a moment; but that somebody has left comes once (roomSession.ts).
      const isPassing = event === 'cursors:moved' && (args[0] as { at: unknown }[]).every(({ at }) => at !== null)
      const line = isPassing ? page.volatile : page
      // What comes from a server of ours is what its types say.
      line.emit(event, ...(args as unknown as Parameters<ServerToClient[typeof event]>))
    }),
  )
  upstream.on(
    'disconnect',
    guard('A relay could not end', (reason: string) => {
      if (isEntered && !isClosed) onLost(reason === 'io server disconnect')
    }),
  )

  return {
    url,
    get isRefused() {
      return isRefused
    },
    async ask(event, request, accepted) {
      // Its types are those of `Entrances`, which the emitter cannot follow from event to answer.
      const asked = new Promise<Reply<never> | null>(resolve => {
        const take = guard(
          'An answer of another server could not be passed on',
          (late: unknown, answer: Reply<never>) => {
            // It may have gone while the other server answered.
            if (late || isClosed || page.disconnected) return resolve(null)
            resolve(answer)
            isEntered ||= answer.ok && upstream.connected
            if (answer.ok) accepted?.(answer.value)
          },
        )
        upstream.timeout(answerMs).emit(event as 'room:enter', request as EnterRequest, take as never)
      })
      const answer = await Promise.race([asked, ended])
      return answer === null || (!answer.ok && answer.error.code === 'room/moving') ? null : answer
    },
    pass(event, args) {
      // Its types are checked there, as if it came from a page.
      upstream.emit(event as keyof ClientToServer, ...(args as never))
    },
    close() {
      isClosed = true
      upstream.disconnect()
    },
  }
}

/** Tells once of a server that has rooms and has been out of reach for longer than one that has died goes on having them. */
function watchAddresses(log: Log): (url: string, isReached: boolean) => void {
  const failing = new Map<string, { readonly since: number; readonly at: number; readonly isTold: boolean }>()
  return (url, isReached) => {
    if (isReached) return void failing.delete(url)
    const at = performance.now()
    const known = failing.get(url)
    const { since, isTold } = known && at - known.at < unreachableMs ? known : { since: at, isTold: false }
    const isDue = at - since > unreachableMs
    if (isDue && !isTold) log.warn(`A server says that it is at ${url}, and cannot be reached there: ${cure}.`)
    failing.set(url, { since, at, isTold: isTold || isDue })
  }
}

const unreachableMs = 10_000
const cure = 'correct NODE_URL there, or let the network between pass'

/** Engine.IO's client wraps what the socket said, as an event in `description`. */
function wasRefused(error: Error & { readonly description?: { readonly error?: unknown } }): boolean {
  const cause = error.description?.error
  const causes = cause instanceof AggregateError ? cause.errors : [cause]
  return causes.length > 0 && causes.every(one => (one as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED')
}

/** In constant time. */
function isSameSecret(mine: string, other: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(mine), digest(other))
}
