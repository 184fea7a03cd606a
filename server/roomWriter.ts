import type { StoredOperation } from '../protocol/events.ts'
import { type RoomId, type RoomLog, RoomTakenError } from '../studio/studio.ts'
import { entryOf } from './roomRecord.ts'

/** Writes a room's log, until it is found that another server has written it. */
export interface RoomWriter {
  /** @throws RoomTakenError where some are there: by another server, or by this one, which was not told that they are */
  append(operations: readonly StoredOperation[]): Promise<void>
  /** Does nothing once the room is lost: whoever has it stores its snapshots. */
  snapshot(clock: number, scene: () => string): Promise<void>
}

/** `lost`: told once, when what is in memory is not what is stored. */
export function createRoomWriter(log: RoomLog, id: RoomId, lost: () => void): RoomWriter {
  let isLost = false

  /** The same error; told once if it says that the room is lost. */
  function noted(error: unknown): unknown {
    if (error instanceof RoomTakenError && !isLost) {
      isLost = true
      lost()
    }
    return error
  }

  return {
    async append(operations) {
      if (operations.length === 0) return
      const { length } = operations
      try {
        const written = await log.append(id, operations.map(entryOf))
        if (written.length < length) throw new RoomTakenError(`Expected to store ${length}, stored ${written.length}`)
      } catch (error) {
        throw noted(error)
      }
    },
    async snapshot(clock, scene) {
      if (isLost) return
      await log.snapshot(id, clock, scene()).catch((error: unknown) => {
        if (!(noted(error) instanceof RoomTakenError)) throw error
      })
    },
  }
}
