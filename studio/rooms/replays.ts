import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import type { FileHash, PictureId, RoomId } from '../shared/ids.ts'
import { asFileHash, asPictureId } from '../shared/ids.ts'
import { endOfArchive, maxPartOperations, packPart, sceneAt, unpackText } from './operationArchive.ts'

/** What there is of a room's history. */
export interface RoomHistory {
  /** The clock that it begins after; 0: with the first operation. */
  readonly after: number
  /** The room's clock. */
  readonly upTo: number
  /** When the first and the last operation of it were stored; null: there is none. */
  readonly startedAt: Date | null
  readonly endedAt: Date | null
}

/** Some operations of a history, in zlib's format, as `OperationsPart` of operationArchive.ts. */
export interface HistoryPart {
  readonly after: number
  readonly upTo: number
  readonly operations: Uint8Array
}

/** A picture that a frame has shown. */
export interface HistoryPicture {
  readonly id: PictureId
  readonly frameId: string
  readonly file: FileHash
  readonly requestedAt: Date
  readonly finishedAt: Date
}

/** What was drawn in rooms, from as far back as the archive goes. */
export interface Replays {
  history(room: RoomId): Promise<RoomHistory>
  /** The text of the snapshot at the clock that a history begins after; null: it begins with nothing. */
  firstScene(room: RoomId, after: number): Promise<string | null>
  /** The operations that follow a clock, some thousands at most; null: there are none. */
  part(room: RoomId, after: number): Promise<HistoryPart | null>
  /** The pictures of a room's frames that are stored still, oldest first. */
  pictures(room: RoomId): Promise<HistoryPicture[]>
}

/** Over the rows of the database: whichever server has the room. */
export function createReplays(client: PrismaClient): Replays {
  const archivedPart = (room: RoomId, after: number) =>
    client.archivedOperations.findFirst({
      where: { roomId: room, after: { lte: after }, upTo: { gt: after } },
      select: { after: true, upTo: true, operations: true },
    })

  return {
    async history(room) {
      const ofRoom = { roomId: room }
      const [archived, last] = await Promise.all([
        client.archivedOperations.findFirst({
          where: ofRoom,
          orderBy: { after: 'asc' },
          select: { after: true },
        }),
        client.operation.findFirst({
          where: ofRoom,
          orderBy: { clock: 'desc' },
          select: { clock: true, storedAt: true },
        }),
      ])
      const after = archived?.after ?? (await endOfArchive(client, room))
      if (!last || last.clock <= after) return { after, upTo: after, startedAt: null, endedAt: null }
      const first = await client.operation.findUnique({
        where: { roomId_clock: { ...ofRoom, clock: after + 1 } },
        select: { storedAt: true },
      })
      return { after, upTo: last.clock, startedAt: first?.storedAt ?? last.storedAt, endedAt: last.storedAt }
    },

    async firstScene(room, after) {
      const archived = await client.archivedOperations.findUnique({
        where: { roomId_after: { roomId: room, after } },
        select: { scene: true },
      })
      return archived?.scene ? unpackText(archived.scene) : sceneAt(client, room, after)
    },

    async part(room, after) {
      const archived = await archivedPart(room, after)
      if (archived) return archived
      const last = await client.operation.findFirst({
        where: { roomId: room },
        orderBy: { clock: 'desc' },
        select: { clock: true },
      })
      if (!last || last.clock <= after) return null
      const packed = await packPart(client, room, after, Math.min(after + maxPartOperations, last.clock))
      // What has been archived meanwhile was dropped from the log.
      return (await archivedPart(room, after)) ?? packed
    },

    async pictures(room) {
      const rows = await client.picture.findMany({
        where: { state: 'finished', file: { not: null }, job: { roomId: room, frameId: { not: null } } },
        select: { id: true, file: true, finishedAt: true, job: { select: { frameId: true, requestedAt: true } } },
        orderBy: [{ finishedAt: 'asc' }, { id: 'asc' }],
      })
      return rows.map(({ id, file, finishedAt, job }) => ({
        ...{ id: asPictureId(id), frameId: job.frameId!, file: asFileHash(file!) },
        ...{ requestedAt: job.requestedAt, finishedAt: finishedAt ?? job.requestedAt },
      }))
    },
  }
}
