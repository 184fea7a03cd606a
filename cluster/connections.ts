/** The sockets of a client to all engines that there are. */
import { io, type Socket } from 'socket.io-client'
import type { EngineLoad } from '../engine/index.ts'
import { errorReporter, type Log } from '../logging.ts'
import { createGuard } from '../protocol/guard.ts'
import { plain } from './bytes.ts'
import type { ClientToEngine, Credentials, EngineToClient, NodeAbilities } from './protocol.ts'
import type { EngineAddress, EngineRegistry } from './registry.ts'

/** An engine that can be spoken to. */
export interface Connection {
  readonly id: string
  readonly url: string
  readonly socket: Socket<EngineToClient, ClientToEngine>
  abilities: NodeAbilities
  load: EngineLoad
  isDraining: boolean
}

export interface ConnectionListener {
  onJoined(connection: Connection): void
  onChanged(connection: Connection): void
  onDraining(connection: Connection): void
  onLost(connection: Connection): void
}

export interface Connections {
  /** Those that have sent their abilities, and stand. */
  readonly engines: ReadonlyMap<string, Connection>
  close(): void
}

/** After an attempt that failed. */
const retryMs = { reconnectionDelay: 200, reconnectionDelayMax: 1000 }

/** Longer than the registry remembers one that has died. */
const unreachableMs = 10_000

/** `listen`: puts its listeners onto the socket of each engine. */
export function openConnections(
  registry: EngineRegistry,
  credentials: Credentials,
  on: ConnectionListener & { listen(socket: Connection['socket'], engine: string): void },
  log: Log,
): Connections {
  const guard = createGuard(errorReporter(log))
  const sockets = new Map<string, Connection['socket']>()
  const engines = new Map<string, Connection>()
  const failed = 'A message of an engine could not be handled'

  function connect({ id, url }: EngineAddress): void {
    const socket: Connection['socket'] = io(url, {
      ...{ transports: ['websocket'], auth: credentials, forceNew: true },
      ...retryMs,
    })
    sockets.set(id, socket)
    let load: EngineLoad | undefined
    let failsSince = Number.POSITIVE_INFINITY
    let isTold = false
    const onAbilities = (received: NodeAbilities) => {
      failsSince = Number.POSITIVE_INFINITY
      isTold = false
      const abilities = plain(received)
      const known = engines.get(id)
      if (known) {
        known.abilities = abilities
        return on.onChanged(known)
      }
      const connection = { id, url, socket, abilities, load: load ?? startingLoad, isDraining: false }
      engines.set(id, connection)
      log.info({ engine: id, url, device: abilities.info.device, slots: abilities.slots }, 'An engine can be reached')
      on.onJoined(connection)
    }
    const onLoad = (received: EngineLoad) => {
      load = received
      const known = engines.get(id)
      if (known) known.load = received
    }
    const onDraining = () => {
      const known = engines.get(id)
      if (!known || known.isDraining) return
      known.isDraining = true
      log.info({ engine: id }, 'An engine leaves')
      on.onDraining(known)
    }
    const onDisconnect = (reason: string) => {
      const known = engines.get(id)
      if (!known) return
      engines.delete(id)
      // Whoever ends themselves has nothing to say of the engine.
      if (!known.isDraining && reason !== 'io client disconnect')
        log.warn({ engine: id, url }, 'An engine is gone: what it had is done by others')
      on.onLost(known)
    }
    let isRefused = false
    const onRefused = (error: Error) => {
      failsSince = Math.min(failsSince, performance.now())
      if (!isTold && performance.now() - failsSince > unreachableMs) {
        log.warn(
          { engine: id },
          `An engine says that it is at ${url}, and cannot be reached there: correct NODE_URL there, or let the network between pass.`,
        )
        isTold = true
      }
      // What cannot be reached may have died, and is soon forgotten; a wrong secret is somebody's mistake.
      if (!isRefused && error.message.includes('CLUSTER_SECRET')) {
        log.error({ url }, 'An engine turned us away: CLUSTER_SECRET is another one there')
        isRefused = true
      }
    }
    socket.on('abilities', guard(failed, onAbilities))
    socket.on('load', guard(failed, onLoad))
    socket.on('draining', guard(failed, onDraining))
    socket.on('disconnect', guard(failed, onDisconnect))
    socket.on('connect_error', guard(failed, onRefused))
    on.listen(socket, id)
  }

  const watching = registry.watch(found => {
    for (const engine of found) if (!sockets.has(engine.id)) connect(engine)
    for (const [id, socket] of sockets) {
      // One that still stands is used, whatever the registry has forgotten.
      if (found.some(engine => engine.id === id) || engines.has(id)) continue
      socket.disconnect()
      sockets.delete(id)
    }
  })

  return {
    engines,
    close() {
      watching.stop()
      for (const socket of sockets.values()) socket.disconnect()
    },
  }
}

const none = { waiting: 0, running: 0 }

/** Until it has reported its own. */
export const startingLoad: EngineLoad = {
  ...{ state: 'starting', ...none, queues: { interactive: none, live: none, background: none } },
  ...{ restarts: 0, hangs: 0, silentMs: 0, restReason: null, stepMs: 0, mixedBatches: 0 },
}
