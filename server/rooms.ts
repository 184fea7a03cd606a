import type { Server, Socket } from 'socket.io'
import { UserError } from '../protocol/errors.ts'
import type { ClientToServer, EnterAsk, FrameShown, Person, ServerToClient, Welcome } from '../protocol/events.ts'
import type {
  PersonId,
  Role,
  RoomId,
  RoomLinks,
  Studio,
  Person as StudioPerson,
  Room as StudioRoom,
} from '../studio/studio.ts'
import { type Frames, openFrames } from './frames.ts'
import type { Guard } from './guard.ts'
import type { Images } from './images.ts'
import type { Metrics } from './metrics.ts'
import { placeOpening } from './opening.ts'
import { createPresence, type Presence } from './presence.ts'
import { createPreviewWindow, type PreviewWindow } from './previews.ts'
import { openRoom, type Room } from './room.ts'
import { openRoomStyles, type RoomStyles } from './roomStyles.ts'

export interface SocketData {
  person: StudioPerson
}
// Socket.IO's own defaults for events between servers: there are none.
export type RoomServer = Server<ClientToServer, ServerToClient, Record<string, never>, SocketData>
export type RoomSocket = Socket<ClientToServer, ServerToClient, Record<string, never>, SocketData>

export interface Log {
  info(words: string): void
  error(words: string, cause?: unknown): void
}

/** One page in one room. */
export interface Member {
  readonly socket: RoomSocket
  readonly person: StudioPerson
  readonly role: Role
  readonly client: string
  readonly links: RoomLinks
  readonly window: PreviewWindow
}

/** A room with somebody in it. */
export interface OpenRoom {
  readonly room: Room
  readonly frames: Frames
  readonly styles: RoomStyles
  readonly presence: Presence
  name: string
  readonly members: Map<RoomSocket, Member>
}

/** Who is in which room. */
export interface Rooms {
  readonly count: number
  enter(socket: RoomSocket, ask: EnterAsk): Promise<{ readonly open: OpenRoom; readonly welcome: Welcome }>
  /** After the welcome: shows the newcomer the frames' pictures, and lets the frames know that somebody looks. */
  showFrames(open: OpenRoom, socket: RoomSocket): void
  leave(open: OpenRoom, socket: RoomSocket): void
  /** A person's new name is shown wherever they are. */
  renamed(person: StudioPerson): void
  close(): Promise<void>
}

export function createRooms(tools: {
  readonly studio: Studio
  readonly io: RoomServer
  readonly images: Images
  readonly metrics: Metrics
  readonly guard: Guard
  readonly log: Log
  /** How long a room stays in memory after the last one has left: most come back, by reload or by train. */
  readonly lingerMs: number
}): Rooms {
  const { studio, io, log, metrics, guard } = tools
  const opening = new Map<RoomId, Promise<OpenRoom>>()
  const open = new Map<RoomId, OpenRoom>()
  const lingering = new Map<RoomId, NodeJS.Timeout>()
  const closing = new Map<RoomId, Promise<void>>()
  let previewId = 0
  let isClosed = false

  async function openOne(record: StudioRoom, by: PersonId): Promise<OpenRoom> {
    // Its last state is still being written.
    await closing.get(record.id)
    const to = io.to(record.id)
    const members = new Map<RoomSocket, Member>()
    const failed = (words: string, cause: unknown) => log.error(`${words} (room ${record.id})`, cause)
    let frames: Frames | null = null
    let styles: RoomStyles | null = null
    const room = await openRoom(studio, record.id, {
      stored(operations, before) {
        metrics.operations.inc(operations.length)
        to.emit('scene:operated', { operations })
        frames?.stored(operations, before)
        styles?.look()
      },
      frameRecords: () => frames?.records ?? {},
      failed,
    })
    const opening = await placeOpening(studio, record, room)
    frames = await openFrames(
      {
        studio,
        images: tools.images,
        room,
        opening,
        isWatched: () => members.size > 0,
        emitState: state => to.emit('frame:state', state),
        emitPicture: (shown, image) => show(members.values(), shown, image),
        emitResult: result => to.emit('frame:kept', result),
        failed,
      },
      by,
    )
    styles = await openRoomStyles({
      studio,
      room,
      tell: shown => to.emit('styles:changed', shown),
      changed: style => frames?.restyled(style),
      failed,
    })
    const presence = createPresence(guard, cursors => {
      for (const { socket, person } of members.values()) {
        const others = cursors.filter(cursor => cursor.person !== person.id)
        // The next place comes in a moment, so a slow line may lose this one; but not that somebody has left.
        if (others.some(({ at }) => at === null)) socket.emit('cursors:moved', others)
        else if (others.length > 0) socket.volatile.emit('cursors:moved', others)
      }
    })
    return { room, frames, styles, presence, name: record.name, members }
  }

  function show(members: Iterable<Member>, shown: Omit<FrameShown, 'id'>, image: Uint8Array) {
    previewId++
    metrics.pictures.inc({ kind: shown.step ? 'step' : 'result' })
    for (const { window } of members) window.push({ ...shown, id: previewId }, image)
  }

  function find(record: StudioRoom, by: PersonId): Promise<OpenRoom> {
    const known = opening.get(record.id)
    if (known) return known
    const found = openOne(record, by)
    opening.set(record.id, found)
    found.then(
      one => open.set(record.id, one),
      () => opening.delete(record.id),
    )
    return found
  }

  function linger(one: OpenRoom) {
    const { id } = one.room
    const closeNow = () => {
      lingering.delete(id)
      const closed = shut(one)
        // Whoever opens it again reads what is stored; what is not stored was never acknowledged.
        .catch(error => log.error(`Room ${id} could not be closed`, error))
        .finally(() => closing.delete(id))
      closing.set(id, closed)
    }
    const timer = setTimeout(guard('A room could not be closed', closeNow), tools.lingerMs)
    timer.unref()
    lingering.set(id, timer)
  }

  async function shut(one: OpenRoom) {
    opening.delete(one.room.id)
    open.delete(one.room.id)
    one.presence.close()
    await one.styles.close()
    await one.frames.close()
    await one.room.close()
  }

  return {
    get count() {
      return open.size
    },
    async enter(socket, ask) {
      const { person } = socket.data
      const entry = await studio.rooms.enter(ask.secret, person.id)
      if (!entry) throw new UserError('room/missing')
      let one = await find(entry.room, person.id)
      // It may have been shut while we waited.
      while (open.get(entry.room.id) !== one) one = await find(entry.room, person.id)
      // From here on nothing waits: what the welcome says is true until the first fact after it.
      if (!one.room.claim(ask.client, person.id)) throw new UserError('room/client')
      clearTimeout(lingering.get(entry.room.id))
      lingering.delete(entry.room.id)
      for (const other of one.members.values()) {
        if (other.client !== ask.client || other.socket === socket) continue
        // The same page over a new line: the old one is dead but does not know it yet.
        one.members.delete(other.socket)
        other.socket.disconnect(true)
      }
      const { role, links } = entry
      const window = createPreviewWindow((shown, image) => socket.emit('frame:shown', shown, image))
      const member: Member = { socket, person, role, client: ask.client, links, window }
      one.members.set(socket, member)
      void socket.join(entry.room.id)
      tellPeople(one)
      return { open: one, welcome: welcomeOf(one, member, ask, studio) }
    },
    showFrames(one, socket) {
      const member = one.members.get(socket)
      if (!member) return
      for (const { picture } of one.frames.painters) if (picture) show([member], picture.shown, picture.image)
      one.frames.wake(member.person.id)
    },
    leave(one, socket) {
      const member = one.members.get(socket)
      if (!member) return
      one.members.delete(socket)
      void socket.leave(one.room.id)
      one.presence.move(member.person.id, null)
      tellPeople(one)
      if (one.members.size === 0 && !isClosed) linger(one)
    },
    renamed(person) {
      for (const one of open.values()) {
        let isHere = false
        for (const [socket, member] of one.members) {
          if (member.person.id !== person.id) continue
          isHere = true
          socket.data.person = person
          one.members.set(socket, { ...member, person })
        }
        if (isHere) tellPeople(one)
      }
    },
    async close() {
      isClosed = true
      for (const timer of lingering.values()) clearTimeout(timer)
      await Promise.allSettled([...opening.values()])
      await Promise.all([...open.values()].map(shut))
      await Promise.all(closing.values())
    },
  }

  function tellPeople(one: OpenRoom) {
    io.to(one.room.id).emit('people:changed', peopleIn(one))
  }
}

const rank: Record<Role, number> = { viewer: 0, editor: 1, owner: 2 }

/** Everybody once, however many pages they have open, in the best of their roles. */
function peopleIn({ members }: OpenRoom): Person[] {
  const people = new Map<string, Person>()
  for (const member of members.values()) {
    const known = people.get(member.person.id)
    if (!known || rank[member.role] > rank[known.role]) people.set(member.person.id, personOf(member))
  }
  return [...people.values()]
}

function personOf({ person, role }: Member): Person {
  return { id: person.id, name: person.name, color: person.color, role }
}

/** Where a link leads on this origin. */
export const pathOf = (secret: string): string => `/r/${secret}`

function welcomeOf(one: OpenRoom, member: Member, { clock }: EnterAsk, { engine }: Studio): Welcome {
  const { model, device } = engine
  const { role, links } = member
  const { words, examples } = model.vocabulary ?? {}
  return {
    room: { id: one.room.id, name: one.name },
    you: personOf(member),
    isGuest: member.person.discordId === null,
    people: peopleIn(one),
    links: { edit: role === 'viewer' ? null : pathOf(links.edit), view: pathOf(links.view) },
    ...one.room.welcome(member.client, clock),
    frames: one.frames.states,
    styles: one.styles.shown,
    model: {
      name: model.name,
      device,
      size: model.sizes.default,
      defaults: model.defaults,
      vocabulary: words && examples ? { words, examples } : null,
    },
  }
}
