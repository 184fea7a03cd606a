/** An engine behind a socket: it paints and learns for the clients that connect to it, and for those whose tickets it draws. */
import { randomUUID } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server } from 'socket.io'
import type { AbleEngine, EngineLoad } from '../engine/index.ts'
import { errorReporter, type Log } from '../logging.ts'
import { createGuard } from '../protocol/guard.ts'
import { createByteCache } from './bytes.ts'
import { type ClientJobs, createClientJobs } from './clientJobs.ts'
import {
  type ClientSocket,
  type ClientToEngine,
  type Credentials,
  type EngineToClient,
  isSameSecret,
  maxMessageBytes,
  type NodeAbilities,
  type Patience,
  patienceDefaults,
} from './protocol.ts'
import type { EngineRegistry } from './registry.ts'
import { createStyleMemory } from './styleMemory.ts'
import type { OnTicket, Ticket, TicketConsumer } from './tickets.ts'

export interface EngineNodeOptions {
  readonly engine: AbleEngine
  /** 0 is any free port. */
  readonly listen: { readonly host: string; readonly port: number }
  /** How clients reach it. */
  readonly addressOf: (port: number) => string
  readonly secret: string
  /** Closed with it. */
  readonly registry: EngineRegistry
  readonly consumeTickets: (abilities: NodeAbilities, onTicket: OnTicket) => TicketConsumer
  readonly patience?: Partial<Patience>
  readonly log: Log
}

export interface EngineNode {
  readonly id: string
  readonly url: string
  /** Takes nothing more, gives back what it has not begun, finishes what it paints, and closes. */
  close(): Promise<void>
}

/** Clients hear so often what has changed. */
const reportMs = 100
/** Input pictures and masks, and pictures to learn from. */
const cachedBytes = 128 * 2 ** 20
/** What it paints when it leaves is finished within so long, or painted by another. */
const finishMs = 6_000
/** A client says within so long whether a ticket holds. */
const answerMs = 5000
/** A client whose tickets have been drawn for so long, and who has not connected, is dead. */
const strangerMs = 5000
const maxStrangers = 1000

/** Resolves when it can be reached and is announced. */
export async function startEngineNode(options: EngineNodeOptions): Promise<EngineNode> {
  const { engine, listen, addressOf, secret, registry, log } = options
  const { pingIntervalMs, pingTimeoutMs } = { ...patienceDefaults, ...options.patience }
  const guard = createGuard(errorReporter(log))
  const id = randomUUID()
  const http = createServer((request, response) => answerProbe(request.url, engine.load().state, response))
  const io = new Server<ClientToEngine, EngineToClient, Record<string, never>, Credentials>(http, {
    ...{ transports: ['websocket'], serveClient: false, maxHttpBufferSize: maxMessageBytes },
    ...{ pingInterval: pingIntervalMs, pingTimeout: pingTimeoutMs },
  })
  const clients = new Map<string, ClientJobs>()
  const styles = createStyleMemory(engine)
  const cache = createByteCache(cachedBytes)
  const strangers = createStrangers()
  let isDraining = false

  const abilities = (): NodeAbilities => ({
    ...engine.abilities,
    styles: styles.hashes(),
    // The next batch is there when one ends.
    slots: { picture: 2 * Math.max(...engine.info.batches), learning: 1 },
  })

  io.use((socket, next) => {
    const { secret: theirs, client } = socket.handshake.auth as Partial<Credentials>
    if (!isSameSecret(secret, theirs) || typeof client !== 'string' || client === '') {
      log.warn('A program without the right CLUSTER_SECRET was turned away')
      return next(new Error('CLUSTER_SECRET is another one there.'))
    }
    socket.data.client = client
    next()
  })
  io.on(
    'connection',
    guard('A client could not be let in', (socket: ClientSocket) => {
      const { client } = socket.data
      const jobs = createClientJobs({ socket, engine, styles, cache, guard, log })
      clients.get(client)?.close()
      clients.set(client, jobs)
      strangers.forget(client)
      socket.on('job', guard('A job could not be taken', jobs.take))
      socket.on('cancel', guard('A job could not be cancelled', jobs.cancel))
      socket.on(
        'disconnect',
        guard('A client could not be let go', () => {
          jobs.close()
          if (clients.get(client) === jobs) clients.delete(client)
        }),
      )
      socket.emit('abilities', abilities())
      socket.emit('load', engine.load())
      if (isDraining) socket.emit('draining')
    }),
  )

  async function onTicket({ client, placement }: Ticket) {
    const jobs = clients.get(client)
    // One that is not here may connect in a moment, or is dead; one that lives misses a ticket that is gone.
    if (!jobs && strangers.knownForMs(client) > strangerMs) return 'done'
    if (!jobs || isDraining || engine.load().state !== 'ready') return 'putBack'
    return jobs.takeTicket(placement, answerMs)
  }

  const stopReports = startReports(io, { abilities, engine, guard })
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(listen.port, listen.host, resolve)
  })
  const url = addressOf((http.address() as AddressInfo).port)
  const announcement = registry.announce({ id, url })
  const drawing = options.consumeTickets(abilities(), onTicket)

  async function close(): Promise<void> {
    isDraining = true
    await announcement.leave()
    const stopped = drawing.stop()
    io.emit('draining')
    const until = Date.now() + finishMs
    while ([...clients.values()].some(jobs => jobs.size() > 0) && Date.now() < until) {
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    for (const jobs of clients.values()) jobs.close()
    stopReports()
    await io.close()
    await stopped
    registry.close()
  }
  let closed: Promise<void> | undefined
  return {
    id,
    url,
    close() {
      closed ??= close()
      return closed
    },
  }
}

/** Clients that have not connected, and since when their tickets are drawn here: by this clock, as theirs may differ. */
function createStrangers() {
  const since = new Map<string, number>()
  return {
    knownForMs(client: string): number {
      const now = performance.now()
      const at = since.get(client) ?? now
      since.set(client, at)
      // The dead are forgotten in the order in which they came.
      if (since.size > maxStrangers) since.delete(since.keys().next().value!)
      return now - at
    },
    forget: (client: string) => void since.delete(client),
  }
}

/** For whoever runs it: `/livez` says that it lives, `/readyz` that it can paint. */
function answerProbe(url: string | undefined, state: EngineLoad['state'], response: ServerResponse): void {
  if (url !== '/livez' && url !== '/readyz') return void response.writeHead(404).end()
  const isFine = url === '/livez' || state === 'ready'
  response.writeHead(isFine ? 200 : 503, { 'content-type': 'text/plain' }).end(isFine ? 'ok' : state)
}

/** Reports to all clients what has changed; returns what ends it. */
function startReports(
  io: Server<ClientToEngine, EngineToClient, Record<string, never>, Credentials>,
  {
    abilities,
    engine,
    guard,
  }: { abilities: () => NodeAbilities; engine: AbleEngine; guard: ReturnType<typeof createGuard> },
): () => void {
  let load = ''
  let last: Partial<NodeAbilities> = {}
  const report = () => {
    const now = abilities()
    const isNew =
      now.measured !== last.measured ||
      now.info !== last.info ||
      now.tooLargePicture !== last.tooLargePicture ||
      now.tooLargeLearning !== last.tooLargeLearning ||
      now.styles.join() !== last.styles?.join()
    if (isNew) io.emit('abilities', now)
    last = now
    const loadNow = engine.load()
    const text = JSON.stringify(loadNow)
    if (text !== load) io.emit('load', loadNow)
    load = text
  }
  const timer = setInterval(guard('The load of the engine could not be reported', report), reportMs)
  return () => clearInterval(timer)
}
