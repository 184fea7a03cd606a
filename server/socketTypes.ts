import type { Server, Socket } from 'socket.io'
import type { ClientToServer, ServerToClient } from '../protocol/events.ts'
import type { Person } from '../studio/studio.ts'

/** What the server knows of every socket that it has let in. */
export interface SocketData {
  person: Person
}
// Socket.IO's own defaults for events between servers: there are none.
export type RoomServer = Server<ClientToServer, ServerToClient, Record<string, never>, SocketData>
export type RoomSocket = Socket<ClientToServer, ServerToClient, Record<string, never>, SocketData>
