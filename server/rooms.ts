import type { IncomingMessage } from 'node:http'
import { UserError } from '../protocol/errors.ts'
import type { EnterRequest, Welcome } from '../protocol/events.ts'
import type { Person, PersonId, RoomId, Stops, Room as StudioRoom } from '../studio/studio.ts'
import { faultReporter } from './faults.ts'
import type { Member } from './members.ts'
import { createPictureSender, createPreviewWindow } from './previews.ts'
import { openRoomSession, type RoomSession, type RoomSessionTools } from './roomSession.ts'
import type { RoomSocket } from './socketTypes.ts'
import { welcomeOf } from './welcome.ts'

/** Who is in which room. */
export interface Rooms {
  readonly count: number
  enter(
    socket: RoomSocket,
    request: EnterRequest,
  ): Promise<{ readonly session: RoomSession; readonly welcome: Welcome }>
  /** After the welcome: shows the newcomer the frames' pictures, and lets the frames know that somebody looks. */
  showFrames(session: RoomSession, socket: RoomSocket): void
  leave(session: RoomSession, socket: RoomSocket): void
  /** A person's new name is shown wherever they are. */
  renamed(person: Person): void
  /**
   * Lets go of somebody who was erased: of their pages, and of every room that names them. Others enter it anew, once
   * `removeName` has taken the name out of what is stored.
   */
  forget(person: PersonId, removeName: (room: RoomId) => Promise<void>): Promise<void>
  /** Whoever was stopped, or is in a room that was, is told so, and their page draws no more. */
  stopped(stops: Stops): void
  close(): Promise<void>
}

export function createRooms(
  options: Omit<RoomSessionTools, 'sendPicture'> & {
    /** How long a room stays in memory after the last one has left: most come back, by reload or by train. */
    readonly lingerMs: number
    /** Origins under which other machines in the local network reach this server, for those who are told. */
    addressesFor(request: IncomingMessage): readonly string[]
  },
): Rooms {
  const { lingerMs, addressesFor, ...shared } = options
  const { studio, log, metrics, guard } = shared
  const tools = { ...shared, sendPicture: createPictureSender(metrics) }
  const opening = new Map<RoomId, Promise<RoomSession>>()
  const sessions = new Map<RoomId, RoomSession>()
  const lingering = new Map<RoomId, NodeJS.Timeout>()
  const closing = new Map<RoomId, Promise<void>>()
  let isClosed = false

  function find(record: StudioRoom, by: PersonId): Promise<RoomSession> {
    const known = opening.get(record.id)
    if (known) return known
    const found = open(record, by)
    opening.set(record.id, found)
    found.then(
      session => sessions.set(record.id, session),
      () => opening.delete(record.id),
    )
    return found
  }

  async function open(record: StudioRoom, by: PersonId): Promise<RoomSession> {
    // Its last state is still being written.
    await closing.get(record.id)
    return openRoomSession(tools, record, by)
  }

  function linger({ id }: RoomSession) {
    const timer = setTimeout(
      guard('A room could not be closed', () => closeRoom(id)),
      lingerMs,
    )
    timer.unref()
    lingering.set(id, timer)
  }

  function endLinger(id: RoomId) {
    clearTimeout(lingering.get(id))
    lingering.delete(id)
  }

  /** Resolves when all of it is stored; never rejects. */
  function closeRoom(id: RoomId, afterwards: () => Promise<void> = async () => undefined): Promise<void> {
    const session = sessions.get(id)
    if (!session) return Promise.resolve()
    endLinger(id)
    opening.delete(id)
    sessions.delete(id)
    const closed = session
      .close()
      .then(afterwards)
      // Whoever opens it again reads what is stored; what is not stored was never acknowledged.
      .catch(error => faultReporter(log.child({ room: id }), metrics)('A room could not be closed', error))
      .finally(() => closing.delete(id))
    closing.set(id, closed)
    return closed
  }

  return {
    get count() {
      return sessions.size
    },
    async enter(socket, request) {
      const { person } = socket.data
      const entry = await studio.rooms.enter(request.secret, person.id)
      if (!entry) throw new UserError('room/missing')
      const { room, role, links } = entry
      let session = await find(room, person.id)
      // It may have been closed while we waited.
      while (sessions.get(room.id) !== session) session = await find(room, person.id)
      await session.room.prepareWelcome(request.clock)
      while (sessions.get(room.id) !== session) session = await find(room, person.id)
      // From here on nothing waits: what the welcome says is true until the first event after it.
      if (!session.room.claim(request.client, person.id)) throw new UserError('room/client')
      endLinger(room.id)
      dropOlderSockets(session, request.client, socket)
      const window = createPreviewWindow((shown, image) => socket.emit('frame:shown', shown, image))
      const member: Member = { socket, person, role, client: request.client, links, window }
      session.members.set(socket, member)
      void socket.join(room.id)
      session.emitPeople()
      return {
        session,
        welcome: welcomeOf(session, member, request, {
          engine: studio.engine,
          addresses: addressesFor(socket.request),
        }),
      }
    },
    showFrames(session, socket) {
      const member = session.members.get(socket)
      if (!member) return
      for (const { picture } of session.frames.painters) {
        if (picture) tools.sendPicture([member.window], picture.shown, picture.image)
      }
      session.frames.wake(member.person.id)
    },
    leave(session, socket) {
      const member = session.members.get(socket)
      if (!member) return
      session.members.delete(socket)
      void socket.leave(session.id)
      session.presence.move(member.person.id, null)
      session.openStrokes.left(member.client)
      session.emitPeople()
      if (session.members.size === 0 && !isClosed) linger(session)
    },
    renamed(person) {
      for (const session of sessions.values()) session.rename(person)
    },
    async forget(person, removeName) {
      await Promise.allSettled([...opening.values()])
      for (const session of [...sessions.values()]) {
        if (!names(session, person)) continue
        for (const { socket } of session.members.values()) socket.disconnect(true)
        await closeRoom(session.id, () => removeName(session.id))
      }
    },
    stopped(stops) {
      for (const session of sessions.values()) {
        const ofRoom = stops.ofRoom(session.id)
        for (const { socket, person } of [...session.members.values()]) {
          const error = ofRoom ?? stops.ofPerson(person.id)
          if (!error) continue
          socket.emit('room:closed', error)
          socket.disconnect(true)
        }
      }
    },
    async close() {
      isClosed = true
      for (const id of [...lingering.keys()]) endLinger(id)
      await Promise.allSettled([...opening.values()])
      await Promise.all([...sessions.keys()].map(id => closeRoom(id)))
      await Promise.all(closing.values())
    },
  }
}

/** Whether a person is in a room, or has drawn in it. */
function names({ members, room }: RoomSession, person: PersonId): boolean {
  for (const member of members.values()) if (member.person.id === person) return true
  for (const { author } of room.scene.elements.values()) if (author === person) return true
  return false
}

/** The same page over a new line: the old one is dead but does not know it yet. */
function dropOlderSockets({ members }: RoomSession, client: string, newest: RoomSocket): void {
  for (const other of members.values()) {
    if (other.client !== client || other.socket === newest) continue
    members.delete(other.socket)
    other.socket.disconnect(true)
  }
}
