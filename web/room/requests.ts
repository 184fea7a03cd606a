import type { Socket } from 'socket.io-client'
import { errorPayload, UserError } from '../../protocol/errors.ts'
import type {
  ClientToServer,
  DiscordChannel,
  DiscordPlaces,
  FrameResult,
  FrameSend,
  Reply,
  ServerToClient,
} from '../../protocol/events.ts'
import type { PaintOptions } from '../../protocol/frameOptions.ts'
import type { PersonLook, Role, RoomMember } from '../../protocol/person.ts'
import { type Readable, until } from '../store/store.ts'
import { notify } from '../store/toasts.ts'
import { errorMessage, t } from '../text/t.ts'
import type { SessionState } from './state.ts'

/** The line to the server, as a session uses it. */
export type RoomSocket = Pick<
  Socket<ServerToClient, ClientToServer>,
  'on' | 'emit' | 'connect' | 'disconnect' | 'connected' | 'active'
>

/** What this page asks of the studio. What is refused is said on the page. */
export interface Requests {
  renameMe(name: string): Promise<unknown>
  /** Who people are that have drawn here. */
  findPeople(ids: readonly string[]): Promise<Reply<readonly PersonLook[]>>
  renameRoom(name: string): Promise<unknown>
  /** The path of a page that shows this frame alone. @throws UserError where it is refused */
  frameLink(frameId: string): Promise<string>
  /** What the owners of a room decide; of all others it is refused. */
  readonly owners: OwnerRequests
  /** What can be sent to Discord, and where. */
  readonly discord: DiscordRequests
  /** Puts a colour, as #rrggbb, into the room's palette. */
  addColor(color: string): Promise<unknown>
  removeColor(color: string): Promise<unknown>
  /** Paints what is drawn by now, or what `options` ask beyond that; false, and said why, if it was refused. */
  paint(frameId: string, options?: PaintOptions): Promise<boolean>
  cancel(frameId: string): Promise<void>
  /** Shows an earlier picture again, to everybody. */
  restore(frameId: string, picture: string): Promise<unknown>
  /** The result that a frame shows, saved now if it was not yet. */
  save(frameId: string): Promise<Reply<FrameResult>>
  /** The saved results of a frame, newest first. */
  history(frameId: string): Promise<Reply<readonly FrameResult[]>>
}

/** What an owner asks of the studio about the room. Refusals are thrown as `UserError`. */
export interface OwnerRequests {
  members(): Promise<readonly RoomMember[]>
  setRole(person: string, role: Role): Promise<null>
  removeMember(person: string): Promise<null>
  setLocked(isLocked: boolean): Promise<null>
  renewLinks(): Promise<null>
  deleteRoom(): Promise<null>
}

/** What is asked about sending pictures to Discord. Refusals are thrown as `UserError`. */
export interface DiscordRequests {
  places(): Promise<DiscordPlaces>
  channels(server: string): Promise<readonly DiscordChannel[]>
  send(post: FrameSend): Promise<{ readonly url: string }>
}

async function ask<T>(emit: (reply: (answer: Reply<T>) => void) => void, patienceMs?: number): Promise<T> {
  const answer = await waitForReply(emit, patienceMs)
  if (answer.ok) return answer.value
  throw UserError.from(answer.error)
}

/** Discord is asked again and again before it is given up. */
const discordPatienceMs = 40_000

const createDiscordRequests = (socket: RoomSocket): DiscordRequests => ({
  places: () => ask(reply => socket.emit('discord:places', null, reply), discordPatienceMs),
  channels: server => ask(reply => socket.emit('discord:channels', server, reply), discordPatienceMs),
  send: post => ask(reply => socket.emit('frame:send', post, reply), discordPatienceMs),
})

function createOwnerRequests(socket: RoomSocket): OwnerRequests {
  return {
    members: () => ask(reply => socket.emit('room:members', null, reply)),
    setRole: (person, role) => ask(reply => socket.emit('member:role', { person, role }, reply)),
    removeMember: person => ask(reply => socket.emit('member:remove', { person }, reply)),
    setLocked: isLocked => ask(reply => socket.emit('room:lock', isLocked, reply)),
    renewLinks: () => ask(reply => socket.emit('room:renew-links', null, reply)),
    deleteRoom: () => ask(reply => socket.emit('room:delete', null, reply)),
  }
}

export function createRequests(
  socket: RoomSocket,
  state: Readable<Pick<SessionState, 'connection' | 'unsent'>>,
  sendOperations: () => void,
): Requests {
  type Emit = (reply: (answer: Reply<unknown>) => void) => void

  async function send(emit: Emit): Promise<boolean> {
    const answer = await waitForReply(emit)
    if (!answer.ok) notify(errorMessage(answer.error), 'bad')
    return answer.ok
  }

  /** Whether the studio can be reached now; says so if not. Drawing works offline, painting cannot. */
  function isReachable(): boolean {
    if (state.get().connection.type === 'online') return true
    notify(t('error.offline'))
    return false
  }

  /** Sends once everything that I have drawn is stored, because it comes before what is requested. */
  async function sendAfterStoring(emit: Emit): Promise<boolean> {
    if (!isReachable()) return false
    sendOperations()
    await until(state, ({ unsent, connection }) => unsent === 0 || connection.type !== 'online')
    return isReachable() && send(emit)
  }

  return {
    findPeople: ids => waitForReply(reply => socket.emit('people:find', ids, reply)),
    renameMe: name => send(reply => socket.emit('person:rename', name, reply)),
    frameLink: frameId => ask<string>(reply => socket.emit('frame:link', { frameId }, reply)),
    owners: createOwnerRequests(socket),
    discord: createDiscordRequests(socket),
    renameRoom: name => send(reply => socket.emit('room:rename', name, reply)),
    addColor: color => send(reply => socket.emit('palette:add', color, reply)),
    removeColor: color => send(reply => socket.emit('palette:remove', color, reply)),
    paint: (frameId, options) =>
      sendAfterStoring(reply => socket.emit('frame:paint', { frameId, ...(options && { options }) }, reply)),
    restore: (frameId, picture) => sendAfterStoring(reply => socket.emit('frame:restore', { frameId, picture }, reply)),
    async cancel(frameId) {
      if (isReachable()) await send(reply => socket.emit('frame:cancel', { frameId }, reply))
    },
    save: frameId => waitForReply(reply => socket.emit('frame:save', { frameId }, reply)),
    history: frameId => waitForReply(reply => socket.emit('frame:history', { frameId }, reply)),
  }
}

const replyTimeoutMs = 10_000

/** Waits for the server's reply; one that never comes, as when the line drops, becomes the error `reply/late`. */
export function waitForReply<T>(
  emit: (reply: (answer: Reply<T>) => void) => void,
  patienceMs = replyTimeoutMs,
): Promise<Reply<T>> {
  return new Promise(resolve => {
    const timer = setTimeout(() => {
      resolve({ ok: false, error: errorPayload('reply/late') })
    }, patienceMs)
    emit(answer => {
      clearTimeout(timer)
      resolve(answer)
    })
  })
}
