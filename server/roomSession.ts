import type { Log } from '../logging.ts'
import { type ErrorPayload, errorPayload } from '../protocol/errors.ts'
import type { Guard } from '../protocol/guard.ts'
import {
  asPersonId,
  linksFor,
  type Person,
  type PersonId,
  type Role,
  type RoomId,
  type RoomLinks,
  type Studio,
  type Room as StudioRoom,
  type TakenLog,
} from '../studio/studio.ts'
import type { Bitmaps } from './bitmaps.ts'
import { faultReporter } from './faults.ts'
import { createFollowing, type Following } from './following.ts'
import { type Frames, openFrames } from './frames.ts'
import type { Images } from './images.ts'
import { shownLinks } from './links.ts'
import { type Member, peopleIn } from './members.ts'
import type { Metrics } from './metrics.ts'
import { placeOpening } from './opening.ts'
import { createOpenStrokes, type OpenStrokes } from './openStrokes.ts'
import { type Cursors, createPresence, type Presence } from './presence.ts'
import type { PictureSender } from './previews.ts'
import { openRoom, type Room, type RoomEvents } from './room.ts'
import { openRoomStyles, type RoomStyles } from './roomStyles.ts'
import type { RoomServer, RoomSocket } from './socketTypes.ts'
import { createStreams, type Streams } from './streams.ts'

/** A room in memory, with everybody who is in it. */
export interface RoomSession {
  readonly id: RoomId
  readonly room: Room
  readonly frames: Frames
  readonly styles: RoomStyles
  readonly presence: Presence
  readonly openStrokes: OpenStrokes
  readonly following: Following
  readonly streams: Streams
  /** Whether anybody is here, or sees one of its frames. */
  readonly isWatched: boolean
  name: string
  /** Only its owners change it. */
  readonly isLocked: boolean
  /** Tells everybody who is here of what has been stored. */
  setLocked(isLocked: boolean): void
  /** Colours that people have put aside for each other. */
  readonly palette: readonly string[]
  readonly members: Map<RoomSocket, Member>
  /** Tells everybody who is here. */
  emitPeople(): void
  /** Tells everybody who is here of a palette that has been stored. */
  showPalette(palette: readonly string[]): void
  /** Somebody, who may be here, has another role. */
  setRole(person: string, role: Role, links: RoomLinks): void
  /** The room has other links. */
  setLinks(links: RoomLinks): void
  /** Ends the pages of those who are meant, and says why. */
  turnOut(isMeant: (member: Member) => boolean, error: ErrorPayload): void
  /** Somebody, who may be here, has a new name. */
  rename(person: Person): void
  /** Whether no other server has taken it over. */
  isHeld(): Promise<boolean>
  close(): Promise<void>
}

export interface RoomSessionTools {
  readonly studio: Studio
  readonly io: RoomServer
  readonly images: Images
  readonly bitmaps: Bitmaps
  readonly metrics: Metrics
  readonly guard: Guard
  readonly log: Log
  readonly sendPicture: PictureSender
}

/** `taken`: the log of a room that this server has taken over; null where it is alone. `lost`: another server has it now. */
export async function openRoomSession(
  { studio, io, images, bitmaps, metrics, guard, log, sendPicture }: RoomSessionTools,
  record: StudioRoom,
  { by, taken, lost }: { readonly by: PersonId; readonly taken: TakenLog | null; readonly lost: () => void },
): Promise<RoomSession> {
  const { id } = record
  const everybody = io.to(id)
  const members = new Map<RoomSocket, Member>()
  const streams = createStreams()
  const isWatched = () => members.size > 0 || streams.count > 0
  const failed = faultReporter(log.child({ room: id }), metrics)
  let frames: Frames | null = null
  let styles: RoomStyles | null = null
  let openStrokes: OpenStrokes | null = null
  const events: RoomEvents = {
    stored(operations, before) {
      metrics.operations.inc(operations.length)
      everybody.emit('scene:operated', { operations })
      frames?.stored(operations, before)
      styles?.look(before)
      openStrokes?.stored(operations)
    },
    frameRecords: () => frames?.records ?? {},
    paintedUpTo: () => frames?.paintedUpTo ?? null,
    ...{ lost, failed },
  }
  const room = await openRoom(studio, id, events, taken ?? undefined)
  const opening = await placeOpening(studio, record, room)
  const context = {
    ...{ studio, images, bitmaps, room, opening, failed },
    isWatched: () => isWatched(),
    emitState: state => everybody.emit('frame:state', state),
    emitPicture: (shown, image) =>
      sendPicture([...windowsOf(members), ...streams.windowsOf(shown.frameId)], shown, image),
    emitResult: result => everybody.emit('frame:saved', result),
  } satisfies Parameters<typeof openFrames>[0]
  frames = await openFrames(context, by)
  styles = await openRoomStyles({
    ...{ studio, room, failed },
    emit: shown => everybody.emit('styles:changed', shown),
    changed: style => frames?.restyled(style),
  })
  const presence = createPresence(guard, cursors => sendCursors(members.values(), cursors))
  openStrokes = createOpenStrokes({
    elements: room.scene.elements,
    guard,
    // Authors are people of the studio; the protocol knows their ids as plain strings.
    operateFor: (author, operations) => room.operateFor(asPersonId(author), operations),
  })
  const following = createFollowing(members)
  const parts = { room, frames, styles, presence, openStrokes, following, streams }
  let { palette, isLocked } = record
  const emitPeople = () => everybody.emit('people:changed', peopleIn(members.values()))

  return {
    ...{ ...parts, id, members, name: record.name },
    get palette() {
      return palette
    },
    get isWatched() {
      return isWatched()
    },
    get isLocked() {
      return isLocked
    },
    setLocked(stored) {
      isLocked = stored
      everybody.emit('room:locked', isLocked)
    },
    showPalette(stored) {
      palette = stored
      everybody.emit('palette:changed', palette)
    },
    emitPeople,
    setRole(person, role, links) {
      for (const member of [...members.values()].filter(one => one.person.id === person)) {
        const changed = { ...member, role, links: linksFor(role, links) }
        members.set(member.socket, changed)
        member.socket.emit('links:changed', shownLinks(changed))
      }
      emitPeople()
    },
    setLinks(renewed) {
      streams.end(errorPayload('frame/link'))
      for (const member of [...members.values()]) {
        const changed = { ...member, links: linksFor(member.role, renewed) }
        members.set(member.socket, changed)
        member.socket.emit('links:changed', shownLinks(changed))
      }
    },
    turnOut(isMeant, error) {
      for (const member of [...members.values()].filter(isMeant)) {
        member.socket.emit('room:closed', error)
        member.socket.disconnect(true)
      }
    },
    rename(person) {
      const theirs = [...members].filter(([, member]) => member.person.id === person.id)
      for (const [socket, member] of theirs) {
        socket.data.person = person
        members.set(socket, { ...member, person })
      }
      if (theirs.length > 0) emitPeople()
    },
    isHeld: async () => taken === null || taken.isHeld(),
    async close() {
      streams.move()
      presence.close()
      parts.openStrokes.close()
      await parts.styles.close()
      await parts.frames.close()
      await room.close()
    },
  }
}

function* windowsOf(members: ReadonlyMap<RoomSocket, Member>) {
  for (const { window } of members.values()) yield window
}

function sendCursors(members: Iterable<Member>, cursors: Cursors): void {
  for (const { socket, person } of members) {
    const others = cursors.filter(cursor => cursor.person !== person.id)
    // The next place comes in a moment, so a slow line may lose this one; but not that somebody has left.
    if (others.some(({ at }) => at === null)) socket.emit('cursors:moved', others)
    else if (others.length > 0) socket.volatile.emit('cursors:moved', others)
  }
}
