import type { Server as HttpServer, IncomingMessage } from 'node:http'
import { Server } from 'socket.io'
import type { Log } from '../logging.ts'
import { UserError } from '../protocol/errors.ts'
import type { ClientToServer, Reply } from '../protocol/events.ts'
import type { Guard } from '../protocol/guard.ts'
import { limits } from '../protocol/limits.ts'
import type { Studio } from '../studio/studio.ts'
import { createBucket } from './bucket.ts'
import { faultReporter } from './faults.ts'
import type { FramePosts } from './framePosts.ts'
import type { Guests } from './guests.ts'
import { isOwnHost } from './hosts.ts'
import { createLearningWatch } from './learningWatch.ts'
import type { Metrics } from './metrics.ts'
import { isOwnOrigin } from './origin.ts'
import type { Proxies } from './proxies.ts'
import type { Relays } from './relay.ts'
import { checkMessage, reject } from './replies.ts'
import { createMessageHandlers, createPagePlace, type OpenRelay, type Value } from './roomMessages.ts'
import type { Rooms } from './rooms.ts'
import type { RoomServer, RoomSocket } from './socketTypes.ts'
import { endWhoeverDoesNotRead, type SendingConnection } from './unsentBytes.ts'

/** What each message is worth against a socket's allowance, besides one for each operation in a batch. */
const messagesPerSecond = 120
const messagesAtOnce = 240

/**
 * Socket.IO as this room needs it. Pings are quick, because a drawing room must notice a dead line; nothing is compressed,
 * because pictures do not compress; and there is no connection state recovery, because the room's clock does that.
 */
export function openSockets(
  http: HttpServer,
  {
    publicUrl,
    activityOrigin,
    proxies,
    relays,
    guard,
    log,
  }: {
    readonly publicUrl: string | null
    readonly activityOrigin?: string | undefined
    readonly proxies: Proxies
    readonly relays: Relays | null
    readonly guard: Guard
    readonly log: Log
  },
): RoomServer {
  const io: RoomServer = new Server(http, {
    // Of several servers behind a balancer, each request of long polling could come to another one than knows the connection.
    transports: relays ? ['websocket'] : ['polling', 'websocket'],
    maxHttpBufferSize: limits.maxMessageBytes,
    pingInterval: 5_000,
    pingTimeout: 5_000,
    connectTimeout: 10_000,
    perMessageDeflate: false,
    serveClient: false,
    // CORS does not cover WebSockets: the origin of every handshake is checked here.
    allowRequest: guard('A handshake could not be checked', (request, answer) => {
      const protocol = proxies.protocolOf(request)
      const isOwn = isOwnOrigin(request.headers, { publicUrl, activityOrigin, protocol })
      // Those that are not let in by name within `connectTimeout` are closed, so that this many are never real.
      const hasRoom = io.engine.clientsCount < limits.maxConnections
      const isOurs = isOwnHost(request.headers.host, publicUrl) && isOwn
      answer(null, hasRoom && (isOurs || isRelayed(relays, request)))
    }),
  })
  io.engine.on(
    'connection',
    guard('A connection could not be watched', (connection: RawConnection & SendingConnection) => {
      endWhoeverKeepsConnecting(connection, guard)
      endWhoeverDoesNotRead(connection, { guard, log })
    }),
  )
  return io
}

/** Whether it comes from another server of ours, which has let its page in. */
const isRelayed = (relays: Relays | null, request: IncomingMessage): boolean => relays?.pageOf(request) != null

/** What engine.io gives for one connection; its own types are not exported. */
interface RawConnection {
  on(event: 'data', listener: (data: unknown) => void): void
  close(): void
}

/** Each connect packet is looked up in the database, whatever namespace it names: a page sends one. */
function endWhoeverKeepsConnecting(connection: RawConnection, guard: Guard): void {
  const connects = createBucket(0.1, 10)
  const count = guard('A packet could not be counted', (data: unknown) => {
    if (typeof data === 'string' && data.startsWith('0') && !connects.take()) connection.close()
  })
  connection.on('data', count)
}

/** Speaks with browsers: reads a message, checks it, calls one function of the room or the studio, and answers. */
export function serveSockets(
  io: RoomServer,
  tools: {
    readonly studio: Studio
    readonly rooms: Rooms
    readonly guests: Guests
    readonly metrics: Metrics
    readonly proxies: Proxies
    readonly relays: Relays | null
    readonly framePosts: FramePosts | null
    readonly guard: Guard
    readonly log: Log
  },
): void {
  const { guard, log } = tools
  io.use(
    guard('A newcomer could not be answered', async (socket, next) => {
      try {
        await letIn(socket, tools)
        next()
      } catch (error) {
        if (!(error instanceof UserError)) faultReporter(log, tools.metrics)('A newcomer could not be let in', error)
        next(connectError(error instanceof UserError ? error : new UserError('server/bug')))
      }
    }),
  )
  io.on(
    'connection',
    guard('A newcomer could not be served', socket => serve(socket, tools)),
  )
}

/** Whose page it is, and whether they may open one more; it counts until the line ends. */
async function letIn(
  socket: RoomSocket,
  { studio, guests, proxies, relays, guard }: Parameters<typeof serveSockets>[1],
): Promise<void> {
  const relayed = relays?.pageOf(socket.request)
  if (relayed) {
    const person = await studio.people.find(relayed.person)
    if (person === null) throw new UserError('guest/missing')
    socket.data.person = person
    studio.budgets.seen(person.id, { isGuest: person.discordId === null, address: relayed.address })
    return
  }
  const person = await guests.find(socket.handshake.headers.cookie)
  if (person === null) throw new UserError('guest/missing')
  socket.data.person = person
  studio.budgets.seen(person.id, { isGuest: person.discordId === null, address: proxies.addressOf(socket.request) })
  studio.seen(person.id)
  await studio.budgets.take(person.id, { connects: 1 })
  const taken = await studio.budgets.take(person.id, { sockets: 1 })
  const release = guard('A page could not be given back', taken.release)
  // It may have gone meanwhile: then nothing would tell.
  if (socket.conn.readyState !== 'open') release()
  else socket.conn.once('close', release)
}

/** The browser finds the payload in `error.data`. */
const connectError = (error: UserError): Error => Object.assign(error, { data: error.payload })

function serve(socket: RoomSocket, tools: Parameters<typeof serveSockets>[1]): void {
  const { studio, rooms, metrics, framePosts, guard, log } = tools
  const bucket = createBucket(messagesPerSecond, messagesAtOnce)
  const failed = faultReporter(log.child({ socket: socket.id, person: socket.data.person.id }), metrics)
  const learnings = createLearningWatch({
    studio,
    emit: progress => socket.emit('style:progressed', progress),
    failed,
  })
  const place = createPagePlace(socket, rooms, relayOpener(socket, tools))
  const handlers = createMessageHandlers(socket, place, { studio, rooms, metrics, learnings, framePosts })

  async function answer<E extends keyof ClientToServer>(
    event: E,
    message: unknown,
    answerNow: (reply: Reply<Value<E>>) => void,
  ): Promise<Reply<Value<E>>> {
    // A place in the preview window is always given back: a lost one would be lost for good.
    if (event !== 'preview:shown' && !bucket.take()) return reject('room/fast')
    const checked = checkMessage(event, message)
    if (!checked.ok) return checked
    try {
      return await handlers[event](checked.value, answerNow)
    } catch (error) {
      if (error instanceof UserError) return { ok: false, error: error.payload }
      failed(`A message of kind ${event} could not be answered`, error)
      return reject('server/bug')
    }
  }

  socket.onAny(
    // A raw packet may name a number as its event, whatever Socket.IO's types say.
    guard('A message could not be answered', async (event: string | number, ...args: unknown[]) => {
      if (place.relay && event !== 'room:enter' && event !== 'frame:watch') return place.relay.pass(String(event), args)
      const reply = args.at(-1)
      let isAnswered = false
      const send = (answered: Reply<unknown>) => {
        if (typeof reply === 'function' && !isAnswered) reply(answered)
        isAnswered = true
      }
      const isKnown = Object.hasOwn(handlers, event)
      const answered = isKnown
        ? await answer(event as keyof ClientToServer, args[0], send)
        : reject('message/invalid', `Unknown message ${JSON.stringify(String(event).slice(0, 40))}.`)
      if (!answered.ok) metrics.errors.inc({ code: answered.error.code, face: 'socket' })
      send(answered)
      if (event === 'room:enter' && answered.ok && place.session) rooms.showFrames(place.session, socket)
    }),
  )
  socket.on(
    'disconnect',
    guard('A page could not leave', () => {
      learnings.close()
      place.leave()
    }),
  )
}

/** Passes a page on to the server that has its room; when that one goes, the page comes back by itself. */
function relayOpener(
  socket: RoomSocket,
  { relays, proxies }: Pick<Parameters<typeof serveSockets>[1], 'relays' | 'proxies'>,
): OpenRelay | null {
  if (!relays || isRelayed(relays, socket.request)) return null
  const onLost = (isSentAway: boolean) => {
    if (isSentAway) socket.disconnect(true)
    else socket.conn.close()
  }
  return url => relays.open(url, { socket, address: proxies.addressOf(socket.request), onLost })
}
