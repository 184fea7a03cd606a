import type { Server as HttpServer } from 'node:http'
import { Server } from 'socket.io'
import { countInk } from '../protocol/apply.ts'
import { UserError } from '../protocol/errors.ts'
import { type ClientToServer, type OperationBatch, protocolVersion, type Reply } from '../protocol/events.ts'
import { limits } from '../protocol/limits.ts'
import type { LearningId, PictureId, Studio } from '../studio/studio.ts'
import { createBucket } from './bucket.ts'
import type { Guard } from './guard.ts'
import type { Guests } from './guests.ts'
import { createLearningWatch } from './learningWatch.ts'
import type { Metrics } from './metrics.ts'
import { isOwnOrigin } from './origin.ts'
import { accept, checkMessage, reject } from './replies.ts'
import type { Log, Member, OpenRoom, RoomServer, RoomSocket, Rooms } from './rooms.ts'

/** What each message is worth against a socket's allowance, besides one for each operation in a batch. */
const messagesPerSecond = 120
const messagesAtOnce = 240

/**
 * Socket.IO as this room needs it. Pings are quick, because a drawing room must notice a dead line; nothing is compressed,
 * because pictures do not compress; and there is no connection state recovery, because the room's clock does that.
 */
export function openSockets(
  http: HttpServer,
  { publicUrl, guard }: { readonly publicUrl: string | null; readonly guard: Guard },
): RoomServer {
  return new Server(http, {
    maxHttpBufferSize: limits.maxMessageBytes,
    pingInterval: 5_000,
    pingTimeout: 5_000,
    connectTimeout: 10_000,
    perMessageDeflate: false,
    serveClient: false,
    // CORS does not cover WebSockets: the origin of every handshake is checked here.
    allowRequest: guard('A handshake could not be checked', (request, answer) =>
      answer(null, isOwnOrigin(request.headers, publicUrl)),
    ),
  })
}

/** What a message is answered with; undefined for messages that have no reply. */
type Value<E extends keyof ClientToServer> =
  Parameters<ClientToServer[E]> extends [unknown, (answer: Reply<infer T>) => void] ? T : undefined
type Handlers = {
  [E in keyof ClientToServer]: (message: Parameters<ClientToServer[E]>[0]) => Reply<Value<E>> | Promise<Reply<Value<E>>>
}

/** Speaks with browsers: reads a message, checks it, calls one function of the room or the studio, and answers. */
export function serveSockets(
  io: RoomServer,
  tools: {
    readonly studio: Studio
    readonly rooms: Rooms
    readonly guests: Guests
    readonly metrics: Metrics
    readonly guard: Guard
    readonly log: Log
  },
): void {
  const { guests, guard } = tools
  io.use(
    guard('A newcomer could not be answered', async (socket, next) => {
      const person = await guests.find(socket.handshake.headers.cookie).catch((error: unknown) => {
        tools.log.error('A guest could not be looked up', error)
        return 'unknown' as const
      })
      if (person === 'unknown') return next(connectError(new UserError('server/bug')))
      if (person === null) return next(connectError(new UserError('guest/missing')))
      socket.data.person = person
      next()
    }),
  )
  io.on(
    'connection',
    guard('A newcomer could not be served', socket => serve(socket, tools)),
  )
}

/** The browser finds the payload in `error.data`. */
const connectError = (error: UserError): Error => Object.assign(error, { data: error.payload })

/** Ink counts too: a pen brings 240 points a second, so this leaves room for twenty pens and none for a flood. */
const pointsPerOperation = 50
function costOf({ operations }: OperationBatch): number {
  return operations.reduce((cost, operation) => cost + 1 + countInk(operation) / pointsPerOperation, 0)
}

function serve(socket: RoomSocket, { studio, rooms, metrics, guard, log }: Parameters<typeof serveSockets>[1]): void {
  const bucket = createBucket(messagesPerSecond, messagesAtOnce)
  const operations = createBucket(limits.operationsPerSecond, limits.operationsPerSecond * 4)
  const entries = createBucket(0.5, 10)
  const learnings = createLearningWatch({
    studio,
    tell: progress => socket.emit('style:progressed', progress),
    failed: (words, cause) => log.error(words, cause),
  })
  let open: OpenRoom | null = null

  /** The room that this page is in. */
  function here(): { readonly room: OpenRoom; readonly member: Member } {
    const member = open?.members.get(socket)
    if (!open || !member) throw new UserError('room/not-entered')
    return { room: open, member }
  }
  /** The same, for those who may draw. */
  function hereToDraw() {
    const place = here()
    if (place.member.role === 'viewer') throw new UserError('room/viewer')
    return place
  }

  const handlers: Handlers = {
    async 'room:enter'(ask) {
      if (ask.protocol !== protocolVersion) return reject('protocol/version')
      if (!entries.take()) return reject('room/fast')
      const entered = await rooms.enter(socket, ask)
      if (open && open !== entered.open) rooms.leave(open, socket)
      open = entered.open
      if (socket.disconnected) rooms.leave(open, socket)
      return accept(entered.welcome)
    },
    async 'scene:operate'(batch) {
      const { room, member } = hereToDraw()
      if (!operations.take(costOf(batch))) return reject('room/fast')
      const startedAt = performance.now()
      const reply = await room.room.operate(member.person.id, member.client, batch)
      metrics.operateMs.observe(performance.now() - startedAt)
      return reply
    },
    'cursor:move'(at) {
      const { room, member } = here()
      room.presence.move(member.person.id, at)
      return accept(undefined)
    },
    async 'person:rename'(name) {
      const { role, person } = here().member
      const renamed = await studio.people.rename(person.id, name)
      rooms.renamed(renamed)
      return accept({ id: renamed.id, name: renamed.name, color: renamed.color, role })
    },
    async 'room:rename'(name) {
      const { room, member } = hereToDraw()
      await studio.rooms.rename(room.room.id, name, member.person.id)
      room.name = name
      for (const other of room.members.keys()) other.emit('room:renamed', name)
      return accept(null)
    },
    async 'frame:paint'({ frameId }) {
      const { room, member } = hereToDraw()
      const painter = await room.frames.find(frameId)
      return accept({ ask: await painter.paint(member.person.id) })
    },
    async 'frame:cancel'({ frameId }) {
      const { room, member } = hereToDraw()
      const painter = await room.frames.find(frameId)
      await painter.cancel(member.person.id)
      return accept(null)
    },
    async 'frame:history'({ frameId }) {
      const painter = await here().room.frames.find(frameId)
      return accept(await painter.history())
    },
    async 'frame:restore'({ frameId, picture }) {
      const { room, member } = hereToDraw()
      const painter = await room.frames.find(frameId)
      await painter.restore(picture as PictureId, member.person.id)
      return accept(null)
    },
    async 'style:watch'(learning) {
      await learnings.watch(learning as LearningId, socket.data.person)
      return accept(null)
    },
    'style:unwatch'(learning) {
      learnings.unwatch(learning as LearningId)
      return accept(undefined)
    },
    'preview:shown'(id) {
      here().member.window.open(id)
      return accept(undefined)
    },
  }

  async function answer<E extends keyof ClientToServer>(event: E, message: unknown): Promise<Reply<Value<E>>> {
    // A place in the preview window is always given back: a lost one would be lost for good.
    if (event !== 'preview:shown' && !bucket.take()) return reject('room/fast')
    const checked = checkMessage(event, message)
    if (!checked.ok) return checked
    try {
      return await handlers[event](checked.value)
    } catch (error) {
      if (error instanceof UserError) return { ok: false, error: error.payload }
      log.error(`A message of kind ${event} could not be answered`, error)
      return reject('server/bug')
    }
  }

  socket.onAny(
    // A raw packet may name a number as its event, whatever Socket.IO's types say.
    guard('A message could not be answered', async (event: string | number, ...args: unknown[]) => {
      const reply = args.at(-1)
      const isKnown = Object.hasOwn(handlers, event)
      const answered = isKnown
        ? await answer(event as keyof ClientToServer, args[0])
        : reject('message/invalid', `Unknown message ${JSON.stringify(String(event).slice(0, 40))}.`)
      if (!answered.ok) metrics.refusals.inc({ code: answered.error.code })
      if (typeof reply === 'function') reply(answered)
      if (event === 'room:enter' && answered.ok && open) rooms.showFrames(open, socket)
    }),
  )
  socket.on(
    'disconnect',
    guard('A page could not leave', () => {
      learnings.close()
      if (open) rooms.leave(open, socket)
    }),
  )
}
