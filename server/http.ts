import helmet from '@fastify/helmet'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify'
import { acceptedLanguage, type Language } from '../language/languages.ts'
import { newRoomName } from '../language/names.ts'
import type { Log } from '../logging.ts'
import { explain, roomName } from '../protocol/checks.ts'
import { UserError } from '../protocol/errors.ts'
import type { Guest, RoomMade } from '../protocol/http.ts'
import { limits } from '../protocol/limits.ts'
import type { Person, Studio } from '../studio/studio.ts'
import type { DiscordActivity } from './activity.ts'
import { serveActivity } from './activityRoutes.ts'
import { sendError } from './answers.ts'
import { checkLength, takeBodies } from './bodies.ts'
import type { DiscordSignIn } from './discord.ts'
import { serveExports } from './exportRoutes.ts'
import { faultReporter } from './faults.ts'
import { serveFiles } from './fileRoutes.ts'
import type { Guests } from './guests.ts'
import { serveHealth } from './healthRoutes.ts'
import { isOwnHost } from './hosts.ts'
import { pathOf } from './links.ts'
import type { Metrics } from './metrics.ts'
import { type MetricsAccess, serveMetrics } from './metricsRoutes.ts'
import { serveModeration } from './moderationRoutes.ts'
import { isOwnOrigin } from './origin.ts'
import { servePages } from './pages.ts'
import type { Proxies } from './proxies.ts'
import type { Readiness } from './readiness.ts'
import { serveReplays } from './replayRoutes.ts'
import { serveRooms } from './roomRoutes.ts'
import { securityHeaders } from './securityHeaders.ts'
import { serveSignIn } from './signIn.ts'
import { serveStyles } from './styleRoutes.ts'
import type { Thumbnails } from './thumbnails.ts'
import { createTurns } from './turns.ts'
import { createVisitors, type Visitors } from './visitors.ts'
import { serveWords } from './wordRoutes.ts'

/** Everything that goes over HTTP: pages, files, uploads, new rooms, health and figures. */
export async function openHttp(options: {
  readonly studio: Studio
  readonly guests: Guests
  readonly readiness: Readiness
  readonly metrics: Metrics
  readonly metricsAccess: MetricsAccess
  /** Whether strangers may come. */
  readonly isPublic: boolean
  /** null: nobody can sign in with Discord here. */
  readonly discord: DiscordSignIn | null
  /** null: no room opens inside Discord. */
  readonly activity: DiscordActivity | null
  readonly publicUrl: string | null
  readonly proxies: Proxies
  readonly thumbnails: Thumbnails
  /** Where people find us, once we listen. */
  readonly siteUrl: () => string
  /** The built web pages: index.html and assets/. */
  readonly pagesFolder: string
  /** Opens a room whose page somebody has come to, before the page asks for what is drawn there. */
  readonly prepareRoom: (secret: string, person: Person) => void
  readonly log: Log
}): Promise<FastifyInstance> {
  const { studio, guests, readiness, metrics, metricsAccess, isPublic, discord, activity, publicUrl, proxies } = options
  const { siteUrl, pagesFolder, prepareRoom, thumbnails, log } = options
  const app = Fastify({
    ...requestLogging(log),
    bodyLimit: limits.maxJsonBytes,
    requestTimeout: limits.requestTimeoutMs,
    http: { headersTimeout: limits.headersTimeoutMs, connectionsCheckingInterval: 5_000 },
    forceCloseConnections: true,
    trustProxy: proxies.trust,
    routerOptions: { maxParamLength: 200 },
  })
  const visitors = createVisitors(studio, guests)
  const { guestOf, personOf } = visitors

  await app.register(helmet, securityHeaders(publicUrl, activity?.ancestors))
  app.addHook('onResponse', async ({ method, routeOptions }, { statusCode, elapsedTime, errorCode }) => {
    const route = routeOptions.url ?? 'none'
    metrics.httpSeconds.observe({ method, route, status: statusCode }, elapsedTime / 1000)
    if (errorCode !== undefined) metrics.errors.inc({ code: errorCode, face: 'http' })
  })
  checkRequests(app, { studio, visitors, publicUrl, activity, proxies, log })
  takeBodies(app, studio)
  app.setErrorHandler((error: FastifyError, request, reply) => {
    // The rest of the body is read and thrown away first: cut at once, the line would take the answer with it.
    reply.removeHeader('connection')
    if (error instanceof UserError) return sendError(reply, error)
    if (error.statusCode === 413) return sendError(reply, new UserError('body/json'))
    if (error.statusCode !== undefined && error.statusCode < 500)
      return sendError(reply, new UserError('message/invalid'), error.statusCode)
    // Whoever has hung up gets no answer, and that is no fault of ours.
    if (request.raw.destroyed && !request.raw.complete) return sendError(reply, new UserError('message/invalid'))
    faultReporter(request.log, metrics)(`${request.method} ${routeOf(request)} failed`, error)
    return sendError(reply, new UserError('server/bug'))
  })
  app.setNotFoundHandler((_request, reply) => sendError(reply, new UserError('page/missing')))

  serveSignIn(app, { studio, guests, metrics, discord, siteUrl, guestOf, personOf })
  serveActivity(app, { studio, guests, activity, discord, metrics })
  serveStyles(app, { studio, personOf })
  serveFiles(app, { studio, personOf })
  serveModeration(app, { studio, personOf })
  serveRooms(app, { studio, personOf, thumbnails })
  serveReplays(app, { studio, personOf })
  serveWords(app, studio)
  serveExports(app, { studio })
  await servePages(app, { pagesFolder, prepare: prepareRoom })
  serveHealth(app, { studio, readiness })
  serveMetrics(app, { metrics, access: metricsAccess, isPublic: isPublic || publicUrl !== null })

  app.post('/guest', { config: { whileStopped: true } }, async (request, reply): Promise<Guest> => {
    const { id, name, color } = await guestOf(request, reply)
    return { person: { id, name, color } }
  })

  app.post('/rooms', async (request, reply): Promise<RoomMade | FastifyReply> => {
    const wanted = readRoomOptions(request.body, acceptedLanguage(request.headers['accept-language']))
    if (!wanted.ok) throw new UserError('message/invalid', wanted.message)
    const person = await guestOf(request, reply)
    const { room, links } = await studio.rooms.create(person.id, { name: wanted.name })
    return { room: { id: room.id, name: room.name }, links: { edit: pathOf(links.edit), view: pathOf(links.view) } }
  })

  return app
}

/** The route of a request as it is declared: its address may hold the secret of a room. */
const routeOf = ({ routeOptions }: FastifyRequest): string => routeOptions.url ?? 'an unknown page'

/**
 * Fastify's lines go where ours go, each with the id of its request. At `info` they would tell of every request, and of
 * every address that it listens on, so above `debug` only its errors are written.
 */
function requestLogging(log: Log): { loggerInstance: FastifyBaseLogger; logController: LogController } {
  const isDetailed = log.isLevelEnabled('debug')
  const serializers = {
    req: (request: FastifyRequest) => ({ method: request.method, route: routeOf(request) }),
    res: ({ statusCode }: FastifyReply) => ({ statusCode }),
  }
  const level = isDetailed || !log.isLevelEnabled('error') ? log.level : 'error'
  return {
    loggerInstance: log.child({}, { level, serializers }),
    logController: new LogController({ disableRequestLogging: !isDetailed }),
  }
}

/**
 * What is checked of every request before anything of its body is read: that it came to a name of ours, that no other
 * website sends it, that it is not too large, who sends it, how many they send, and that whoever writes was not stopped.
 */
function checkRequests(
  app: FastifyInstance,
  tools: { readonly studio: Studio; readonly visitors: Visitors } & Pick<
    Parameters<typeof openHttp>[0],
    'publicUrl' | 'activity' | 'proxies' | 'log'
  >,
): void {
  const { studio, visitors, publicUrl, activity, proxies, log } = tools
  const takeTurn = createTurns()
  let hasWarnedOfProxy = false
  app.decorateRequest('person', null)
  app.addHook('onRequest', async request => {
    const { anyHost, forOperators, whileStopped } = request.routeOptions.config
    if (!anyHost && !isOwnHost(request.headers.host, publicUrl)) throw new UserError('host/foreign')
    // Supervisors ask often, from one address, and also when the database does not answer.
    if (forOperators) return
    if (!hasWarnedOfProxy && proxies.isUnknownProxy(request.raw)) {
      hasWarnedOfProxy = true
      log.info(
        'Requests come through a proxy that is not trusted, so that all people share its address: set TRUST_PROXY.',
      )
    }
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    const protocol = proxies.protocolOf(request.raw)
    const isOwn = isOwnOrigin(request.headers, { publicUrl, activityOrigin: activity?.origin, protocol })
    if (!isRead && !isOwn) throw new UserError('origin/foreign')
    checkLength(request)
    // The page's own files are the same for everybody.
    if (request.url.startsWith('/assets/')) return
    await takeTurn()
    await visitors.identify(request)
    const { person, ip } = request
    // Of a person wherever they sit; of an address only where a browser is not known yet.
    if (person) await studio.budgets.take(person.id, { requests: 1 })
    else await studio.budgets.take({ address: ip }, { unknownRequests: 1 })
    if (person && !isRead && !whileStopped) await studio.moderation.checkPerson(person.id)
  })
}

function readRoomOptions(
  body: unknown,
  language: Language,
): { ok: true; name: string } | { ok: false; message: string } {
  if (body === null || body === undefined) return { ok: true, name: newRoomName(language) }
  if (typeof body !== 'object') return { ok: false, message: 'Expected { name? } as JSON.' }
  const unknown = Object.keys(body).find(key => key !== 'name')
  if (unknown !== undefined) return { ok: false, message: `Unknown field ${JSON.stringify(unknown.slice(0, 40))}.` }
  if (!('name' in body)) return { ok: true, name: newRoomName(language) }
  const name = roomName.safeParse(body.name)
  return name.success ? { ok: true, name: name.data } : { ok: false, message: explain(name.error) }
}
