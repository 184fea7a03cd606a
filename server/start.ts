import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Log } from '../logging.ts'
import { UserError } from '../protocol/errors.ts'
import { createGuard } from '../protocol/guard.ts'
import type { Studio } from '../studio/studio.ts'
import { type ActivitySettings, openDiscordActivity } from './activity.ts'
import { createBitmaps } from './bitmaps.ts'
import { openDiscordSignIn, type SignInSettings } from './discord.ts'
import { faultReporter } from './faults.ts'
import { serveFirstScenes } from './firstSceneRoutes.ts'
import type { FramePosts } from './framePosts.ts'
import { createGuests } from './guests.ts'
import { openHttp } from './http.ts'
import { createImages } from './images.ts'
import { listenError } from './listenError.ts'
import { isOnThisMachine, localAddresses } from './localAddresses.ts'
import { createMetrics } from './metrics.ts'
import { listenForMetrics, type MetricsAccess } from './metricsRoutes.ts'
import { createProxies, type TrustProxy } from './proxies.ts'
import { createReadiness, type Readiness } from './readiness.ts'
import { createRelays } from './relay.ts'
import type { RoomHolders } from './roomHolders.ts'
import { createRooms } from './rooms.ts'
import { openSockets, serveSockets } from './sockets.ts'
import { createThumbnails } from './thumbnails.ts'

export interface RunningServer {
  /** Origins under which other machines in the local network reach it; none where it has a public one. */
  readonly addresses: readonly string[]
  /** Where people find it. */
  readonly url: string
  /** Where it listens. */
  readonly port: number
  /** Parts that start later add their checks here. */
  readonly readiness: Readiness
  /** Counts an error that another face has answered somebody with, for the figures. */
  countError(code: string, face: 'chat'): void
  /** Gives the figures the bot's connections to Discord: by number (shard), whether each is there. */
  watchShards(shards: () => Readonly<Record<number, boolean>>): void
  /** Where the figures are, if they have an address of their own. */
  readonly metricsUrl: string | null
  close(): Promise<void>
}

/** The canvas for browsers: pages and files over HTTP, rooms over Socket.IO. */
export async function startServer(options: {
  readonly studio: Studio
  /** 0: any free one. */
  readonly port: number
  readonly host: string
  /** Where people find us, if it is not where we listen (behind a proxy); its origin is accepted, https makes cookies secure. */
  readonly publicUrl?: string | null
  /** Which proxies may say on whose behalf they speak. Default: none. */
  readonly trustProxy?: TrustProxy
  /** Signing in with Discord; absent: everybody on the web is a guest. */
  readonly signIn?: SignInSettings | null
  /** Rooms inside Discord; absent: none. It needs `signIn`. */
  readonly activity?: ActivitySettings | null
  /** Sends pictures to Discord for people on our pages; absent: nothing does. */
  readonly framePosts?: FramePosts | null
  /** Gives the port free, if somebody else has answered there until now. */
  readonly takePort?: (() => Promise<void>) | undefined
  /** The built web pages. */
  readonly pagesFolder: string
  readonly log: Log
  /** How long a room stays in memory after the last one has left. */
  readonly lingerMs?: number
  /** How often the process met errors that nobody had caught, by kind. */
  readonly processErrors?: Readonly<Record<string, number>>
  readonly metricsAccess?: MetricsAccess
  /** Several servers on one database: which of them has which room, and what they know each other by. Absent: this one is alone. */
  readonly cluster?: { readonly holders: RoomHolders; readonly secret: string } | null
  /** Whether strangers may come, as they do where there is a public address. */
  readonly isPublic?: boolean
}): Promise<RunningServer> {
  const { studio, port, host, pagesFolder, log, metricsAccess = { token: null, listen: null } } = options
  const publicUrl = options.publicUrl ?? null
  const guests = createGuests(studio, { isSecure: publicUrl?.startsWith('https:') ?? false })
  const readiness = createReadiness(log)
  for (const check of studio.checks) readiness.add(check)
  const metrics = createMetrics(studio, readiness)
  metrics.watchProcess(options.processErrors ?? {})
  const failed = faultReporter(log, metrics)
  const guard = createGuard(failed)
  const discord = options.signIn ? openDiscordSignIn(options.signIn) : null
  const activity = options.activity ? openDiscordActivity(options.activity) : null
  const siteUrl = () => publicUrl ?? addressOf(app, host)
  const proxies = createProxies(options.trustProxy ?? [])
  const images = createImages(studio.pictures.files)
  const app = await openHttp({
    isPublic: options.isPublic ?? false,
    ...{ studio, guests, readiness, metrics, metricsAccess, discord, activity, publicUrl, proxies, siteUrl },
    ...{ pagesFolder, log, thumbnails: createThumbnails({ studio, images }) },
    // What is in the way is said to the page when it asks for what is drawn.
    prepareRoom: (secret, person) => void rooms.look(secret, person.id).catch(() => undefined),
  })
  // An error at accepting one connection, say without memory for it: the next one may work.
  app.server.on(
    'error',
    guard('A connection was not accepted', (error: Error) => {
      // Before it listens, `listen` rejects with the same error.
      if (app.server.listening) failed('A connection could not be accepted', error)
    }),
  )
  const cluster = options.cluster ?? null
  const relays = cluster && createRelays({ secret: cluster.secret, guard, log })
  const io = openSockets(app.server, { publicUrl, activityOrigin: activity?.origin, proxies, relays, guard, log })
  const bitmaps = createBitmaps()
  const addresses = () => (publicUrl === null ? localAddresses({ host, port: portOf(app) }) : [])
  const addressesFor = (request: IncomingMessage) => {
    if (publicUrl !== null) return [new URL(publicUrl).origin]
    return isOnThisMachine(request, proxies) ? addresses() : []
  }
  const lingerMs = options.lingerMs ?? 20_000
  const holders = cluster?.holders ?? null
  const framePosts = options.framePosts ?? null
  const canSend = framePosts !== null
  const rooms = createRooms({
    studio,
    io,
    images,
    bitmaps,
    metrics,
    guard,
    log,
    lingerMs,
    addressesFor,
    holders,
    canSend,
  })
  metrics.watch({ sockets: () => io.engine.clientsCount, rooms: () => rooms.count })
  studio.onErased((person, removeName) => rooms.forget(person, removeName))
  studio.rooms.onDelete((room, erase) => rooms.deleted(room, erase))
  studio.onStopped(stops => rooms.stopped(stops))
  serveFirstScenes(app, rooms)
  serveSockets(io, { studio, rooms, guests, metrics, proxies, relays, framePosts, guard, log })

  async function close() {
    // Rooms store what is in line while their people are still connected, so that every answer arrives.
    await rooms.close()
    await io.close()
    await app.close()
    await figures?.close()
  }

  let figures: Awaited<ReturnType<typeof listenForMetrics>> = null
  try {
    await options.takePort?.()
    await app.listen({ port, host })
  } catch (error) {
    await close()
    throw listenError(error, port, host)
  }
  try {
    figures = await listenForMetrics(metrics, metricsAccess)
  } catch (error) {
    await close()
    throw new UserError('start/metrics', undefined, { cause: error })
  }
  return {
    url: siteUrl(),
    addresses: addresses(),
    port: portOf(app),
    readiness,
    countError: (code, face) => metrics.errors.inc({ code, face }),
    watchShards: metrics.watchShards,
    metricsUrl: figures?.url ?? null,
    close,
  }
}

/** Where it listens, for browsers on this machine. */
function addressOf(app: { readonly server: Server }, host: string): string {
  const port = portOf(app)
  const isEverywhere = host === '0.0.0.0' || host === '::'
  const name = isEverywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `http://${name}:${port}`
}

/** A server that listens on a TCP port has such an address. */
function portOf({ server }: { readonly server: Server }): number {
  return (server.address() as AddressInfo).port
}
