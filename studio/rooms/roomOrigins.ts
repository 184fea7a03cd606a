import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import type { RoomId } from '../shared/ids.ts'

/** Where in chat a room was opened. */
export interface RoomOrigin {
  readonly channelId: string
  /** null: a message with the bot, or among people. */
  readonly guildId: string | null
  /** The message whose picture the room opens with, or else the one that says it is open; null: there is none. */
  readonly messageId: string | null
  /** As Discord has it for the server, or else for the person who opened it. */
  readonly locale: string | null
}

/** Where rooms came from. */
export interface RoomOrigins {
  /** null: it was opened on the page. */
  origin(room: RoomId): Promise<RoomOrigin | null>
}

/** Origins as rows of the database. */
export function createRoomOrigins(client: PrismaClient): RoomOrigins {
  return {
    async origin(room) {
      const row = await client.roomOrigin.findUnique({ where: { roomId: room } })
      if (!row) return null
      const { roomId: _, ...origin } = row
      return origin
    },
  }
}
