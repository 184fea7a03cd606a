import { UserError } from '../protocol/errors.ts'
import { asRoomId, type PersonId, type RoomId, type Room as StudioRoom } from '../studio/studio.ts'
import { faultReporter } from './faults.ts'
import { RoomElsewhere, type RoomHolders } from './roomHolders.ts'
import { openRoomSession, type RoomSession, type RoomSessionTools } from './roomSession.ts'

/** The rooms that are in memory: each is opened once, and none while its last state is still being written. */
export interface OpenRooms {
  readonly count: number
  all(): IterableIterator<RoomSession>
  /** Opens a room if nobody has yet. @throws RoomElsewhere where another server has it */
  find(record: StudioRoom, by: PersonId): Promise<RoomSession>
  /** Whether it is in memory still: it may have been closed while somebody waited. */
  isOpen(session: RoomSession): boolean
  /** Closes a room in a while, unless somebody comes back. */
  linger(session: RoomSession): void
  endLinger(id: RoomId): void
  /** Resolves when all of it is stored, and `afterwards` has been done; never rejects. */
  closeRoom(id: RoomId, afterwards?: () => Promise<void>): Promise<void>
  /** Resolves when what was being opened is open, or could not be. */
  opened(): Promise<void>
  close(): Promise<void>
}

export function createOpenRooms(
  tools: RoomSessionTools,
  {
    holders,
    lingerMs,
  }: {
    /** Which server has which room; null: this one has all. */
    readonly holders: RoomHolders | null
    /** How long a room stays in memory after the last one has left: most come back, by reload or by train. */
    readonly lingerMs: number
  },
): OpenRooms {
  const { studio, log, metrics, guard } = tools
  const opening = new Map<RoomId, Promise<RoomSession>>()
  const sessions = new Map<RoomId, RoomSession>()
  const lingering = new Map<RoomId, NodeJS.Timeout>()
  const closing = new Map<RoomId, Promise<void>>()

  async function open(record: StudioRoom, by: PersonId): Promise<RoomSession> {
    const last = closing.get(record.id)
    // Its last state is still being written, or it is being deleted.
    await last
    if (last && !(await studio.rooms.exists(record.id))) throw new UserError('room/missing')
    const lost = guard('A lost room could not be closed', () => lose(record.id))
    if (!holders) return openRoomSession(tools, record, { by, taken: null, lost })
    const holder = await holders.acquire(record.id)
    if (holder.type === 'elsewhere') throw new RoomElsewhere(holder.url)
    try {
      const taken = await studio.rooms.takeOver(record.id)
      return await openRoomSession(tools, record, { by, taken, lost })
    } catch (error) {
      await holders.release(record.id)
      throw error
    }
  }

  /** Another server has it, or what is in memory is not what is stored: its pages come back and read it anew. */
  async function lose(id: RoomId): Promise<void> {
    const session = sessions.get(id)
    if (!session) return
    log.info({ room: id }, 'A room is not this server’s any more: its pages come back to it')
    const closed = closeRoom(id)
    for (const { socket } of session.members.values()) socket.conn.close()
    await closed
  }

  /** Redis cannot say which rooms are ours still; the database can. */
  async function checkHeld(): Promise<void> {
    for (const session of [...sessions.values()]) if (!(await session.isHeld())) await lose(session.id)
  }
  const stopWatching = holders?.watch({
    lost: guard('A lost room could not be closed', id => lose(asRoomId(id))),
    doubtful: guard('Rooms could not be looked up', checkHeld),
  })

  function endLinger(id: RoomId) {
    clearTimeout(lingering.get(id))
    lingering.delete(id)
  }

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
      .then(() => holders?.release(id))
      .finally(() => closing.delete(id))
    closing.set(id, closed)
    return closed
  }

  async function opened(): Promise<void> {
    await Promise.allSettled([...opening.values()])
  }

  return {
    get count() {
      return sessions.size
    },
    all: () => sessions.values(),
    find(record, by) {
      const known = opening.get(record.id)
      if (known) return known
      const found = open(record, by)
      opening.set(record.id, found)
      found.then(
        session => sessions.set(record.id, session),
        () => opening.delete(record.id),
      )
      return found
    },
    isOpen: session => sessions.get(session.id) === session,
    linger(session) {
      const { id } = session
      // Of one that is closed the last pages leave later, when it may be open anew.
      if (sessions.get(id) !== session) return
      endLinger(id)
      const timer = setTimeout(
        guard('A room could not be closed', () => closeRoom(id)),
        lingerMs,
      )
      timer.unref()
      lingering.set(id, timer)
    },
    endLinger,
    closeRoom,
    opened,
    async close() {
      stopWatching?.()
      for (const id of [...lingering.keys()]) endLinger(id)
      await opened()
      await Promise.all([...sessions.keys()].map(id => closeRoom(id)))
      await Promise.all(closing.values())
    },
  }
}
