import type { IncomingMessage } from 'node:http'
import { errorPayload, UserError } from '../protocol/errors.ts'
import type { EnterRequest, Welcome } from '../protocol/events.ts'
import type { FrameElement } from '../protocol/scene.ts'
import {
  asRoomId,
  type Person,
  type PersonId,
  type Role,
  type RoomId,
  type Stops,
  type Room as StudioRoom,
} from '../studio/studio.ts'
import type { Member } from './members.ts'
import { createOpenRooms } from './openRooms.ts'
import { createPictureSender, createPreviewWindow } from './previews.ts'
import type { Room } from './room.ts'
import type { RoomHolders } from './roomHolders.ts'
import type { RoomSession, RoomSessionTools } from './roomSession.ts'
import type { RoomSocket } from './socketTypes.ts'
import type { Viewer } from './streams.ts'
import { welcomeOf } from './welcome.ts'

/** Who is in which room. */
export interface Rooms {
  readonly count: number
  /**
   * `welcomed` is called before anything else can happen: what the welcome says is true until the first event after it.
   * @throws RoomElsewhere where another server has the room
   */
  enter(
    socket: RoomSocket,
    request: EnterRequest,
    welcomed: (welcome: Welcome) => void,
  ): Promise<{ readonly session: RoomSession; readonly welcome: Welcome }>
  /** Opens a room for somebody who looks at it before they enter. */
  look(secret: string, person: PersonId): Promise<{ readonly role: Role; readonly room: Room }>
  /** After the welcome: shows the newcomer the frames' pictures, and lets the frames know that somebody looks. */
  showFrames(session: RoomSession, socket: RoomSocket): void
  leave(session: RoomSession, socket: RoomSocket): void
  /** Shows a page one frame of a room, by the key of its link. */
  watch(
    socket: RoomSocket,
    request: { readonly room: string; readonly frameId: string; readonly key: string },
  ): Promise<{ readonly session: RoomSession; readonly viewer: Viewer; readonly frame: FrameElement }>
  /** The page sees no frame any more. */
  unwatch(session: RoomSession, socket: RoomSocket): void
  /** A person's new name is shown wherever they are. */
  renamed(person: Person): void
  /**
   * Lets go of somebody who was erased: of their pages, and of every room that names them. Others enter it anew, once
   * `removeName` has taken the name out of what is stored.
   */
  forget(person: PersonId, removeName: (room: RoomId) => Promise<void>): Promise<void>
  /** A room is being deleted: its pages are told, and nothing is stored in it once `erase` is called. */
  deleted(room: RoomId, erase: () => Promise<void>): Promise<void>
  /** Whoever was stopped, or is in a room that was, is told so, and their page draws no more. */
  stopped(stops: Stops): void
  /** Nothing listens at the address of a server that is said to have a room. */
  suspect(url: string): void
  close(): Promise<void>
}

export function createRooms(
  options: Omit<RoomSessionTools, 'sendPicture'> & {
    /** How long a room stays in memory after the last one has left. */
    readonly lingerMs: number
    /** Which server has which room; null: this one has all. */
    readonly holders: RoomHolders | null
    /** Whether pictures can be sent to Discord. */
    readonly canSend: boolean
    /** Origins under which other machines in the local network reach this server, for those who are told. */
    addressesFor(request: IncomingMessage): readonly string[]
  },
): Rooms {
  const { lingerMs, holders, canSend, addressesFor, ...shared } = options
  const { studio, metrics } = shared
  const sendPicture = createPictureSender(metrics)
  const rooms = createOpenRooms({ ...shared, sendPicture }, { holders, lingerMs })
  let isClosed = false

  /** A room that is open and prepared. */
  async function findReady(record: StudioRoom, by: PersonId, prepare: (room: Room) => Promise<void>) {
    let session = await rooms.find(record, by)
    await prepare(session.room)
    // It may have been closed while we waited.
    while (!rooms.isOpen(session)) {
      session = await rooms.find(record, by)
      await prepare(session.room)
    }
    return session
  }

  function lingerIfEmpty(session: RoomSession): void {
    if (!session.isWatched && !isClosed) rooms.linger(session)
  }

  return {
    get count() {
      return rooms.count
    },
    async enter(socket, request, welcomed) {
      const { person } = socket.data
      const entry = await studio.rooms.enter(request.secret, person.id)
      if (!entry) throw new UserError('room/missing')
      const { room, role, links } = entry
      const session = await findReady(room, person.id, open => open.prepareWelcome(request.clock))
      // From here on nothing waits.
      if (!session.room.claim(request.client, person.id)) throw new UserError('room/client')
      rooms.endLinger(room.id)
      dropOlderSockets(session, request.client, socket)
      const window = createPreviewWindow((shown, image) => socket.emit('frame:shown', shown, image))
      const member: Member = { socket, person, role, client: request.client, links, window }
      session.members.set(socket, member)
      void socket.join(room.id)
      session.emitPeople()
      const welcome = welcomeOf(session, member, request, {
        engine: studio.engine,
        addresses: addressesFor(socket.request),
        canSend,
      })
      welcomed(welcome)
      return { session, welcome }
    },
    async watch(socket, { room: roomId, frameId, key }) {
      const room = await studio.rooms.fromFrameKey(asRoomId(roomId), frameId, key)
      if (!room) throw new UserError('frame/link')
      await studio.moderation.checkAllowed(socket.data.person.id, { room: room.id })
      const session = await findReady(room, socket.data.person.id, async () => undefined)
      const frame = session.room.scene.elements.get(frameId)
      if (frame?.kind !== 'frame' || frame.removed) throw new UserError('frame/link')
      rooms.endLinger(session.id)
      const viewer = session.streams.add(socket, frameId)
      const { picture } = await session.frames.find(frameId)
      if (picture) sendPicture([viewer.window], picture.shown, picture.image)
      return { session, viewer, frame }
    },
    unwatch(session, socket) {
      session.streams.left(socket)
      lingerIfEmpty(session)
    },
    async look(secret, person) {
      const entry = await studio.rooms.enter(secret, person)
      if (!entry) throw new UserError('room/missing')
      const session = await findReady(entry.room, person, open => open.prepareFirstScene())
      lingerIfEmpty(session)
      return { role: entry.role, room: session.room }
    },
    showFrames(session, socket) {
      const member = session.members.get(socket)
      if (!member) return
      for (const { picture } of session.frames.painters) {
        if (picture) sendPicture([member.window], picture.shown, picture.image)
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
      session.following.left(member)
      session.emitPeople()
      lingerIfEmpty(session)
    },
    renamed(person) {
      for (const session of rooms.all()) session.rename(person)
    },
    async forget(person, removeName) {
      await rooms.opened()
      for (const session of [...rooms.all()]) {
        if (!names(session, person)) continue
        for (const { socket } of session.members.values()) socket.disconnect(true)
        await rooms.closeRoom(session.id, () => removeName(session.id))
      }
    },
    async deleted(id, erase) {
      await rooms.opened()
      const session = [...rooms.all()].find(one => one.id === id)
      if (!session) return erase()
      session.turnOut(() => true, errorPayload('room/deleted'))
      session.streams.end(errorPayload('frame/link'))
      await rooms.closeRoom(id, erase)
      // A room that could not be closed could not be deleted either.
      if (await studio.rooms.exists(id)) throw new UserError('server/bug')
    },
    stopped(stops) {
      for (const session of rooms.all()) {
        const ofRoom = stops.ofRoom(session.id)
        if (ofRoom) session.streams.end(ofRoom)
        for (const { person } of [...session.members.values()]) {
          const error = ofRoom ?? stops.ofPerson(person.id)
          if (error) session.turnOut(member => member.person.id === person.id, error)
        }
      }
    },
    suspect: url => holders?.suspect(url),
    async close() {
      isClosed = true
      await rooms.close()
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
