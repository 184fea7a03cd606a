import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import helmet from '@fastify/helmet'
import fastifyStatic from '@fastify/static'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { explain, roomName } from '../protocol/checks.ts'
import { UserError } from '../protocol/errors.ts'
import type { Guest, RoomMade, Uploaded } from '../protocol/http.ts'
import { limits } from '../protocol/limits.ts'
import type { FileHash, Person, PictureId, Studio } from '../studio/studio.ts'
import { createBuckets } from './bucket.ts'
import type { DiscordSignIn } from './discord.ts'
import type { Guests } from './guests.ts'
import type { Metrics } from './metrics.ts'
import { isOwnOrigin } from './origin.ts'
import { type Log, pathOf } from './rooms.ts'
import { serveSignIn } from './signIn.ts'
import { serveStyles } from './styles.ts'

const forever = 'public, max-age=31536000, immutable'

/** Everything that goes over HTTP: pages, files, uploads, new rooms, health and figures. */
export async function openHttp(options: {
  readonly studio: Studio
  readonly guests: Guests
  readonly metrics: Metrics
  /** null: nobody can sign in with Discord here. */
  readonly discord: DiscordSignIn | null
  readonly publicUrl: string | null
  /** Where people find us, once we listen. */
  readonly siteUrl: () => string
  /** The built web pages: index.html and assets/. */
  readonly pagesFolder: string
  readonly log: Log
}): Promise<FastifyInstance> {
  const { studio, guests, metrics, discord, publicUrl, siteUrl, pagesFolder, log } = options
  const app = Fastify({
    bodyLimit: limits.maxUploadBytes,
    forceCloseConnections: true,
    // Behind a proxy of ours the address is the one that it names.
    trustProxy: publicUrl === null ? false : 'loopback, linklocal, uniquelocal',
    routerOptions: { maxParamLength: 200 },
  })
  // Per address, where a whole school may sit behind one.
  const uploads = createBuckets(2, 40)
  const rooms = createBuckets(0.5, 60)
  const newGuests = createBuckets(2, 200)

  await app.register(helmet, securityHeaders(publicUrl))
  app.addHook('onRequest', async (request, reply) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD'
    if (!isRead && !isOwnOrigin(request.headers, publicUrl)) return send(reply, new UserError('origin/foreign'))
  })
  app.addContentTypeParser(
    ['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/svg+xml', 'application/octet-stream'],
    { parseAs: 'buffer' },
    (_request, body, done) => done(null, body),
  )
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof UserError) return send(reply, error)
    if (error.statusCode === 413) return send(reply, new UserError('body/large'))
    if (error.statusCode !== undefined && error.statusCode < 500)
      return send(reply, new UserError('message/invalid'), error.statusCode)
    log.error(`${request.method} ${request.routeOptions.url ?? 'an unknown page'} failed`, error)
    return send(reply, new UserError('server/bug'))
  })
  app.setNotFoundHandler((_request, reply) => send(reply, new UserError('page/missing')))

  /** Whoever asks; a new guest, with a cookie, if nobody is known. */
  async function guestOf(request: FastifyRequest, reply: FastifyReply): Promise<Person> {
    const known = await guests.find(request.headers.cookie)
    if (known) return known
    if (!newGuests.take(request.ip)) throw new UserError('guest/fast')
    const { person, cookie } = await guests.welcome()
    reply.header('set-cookie', cookie)
    return person
  }

  async function personOf(request: FastifyRequest): Promise<Person> {
    const person = await guests.find(request.headers.cookie)
    if (!person) throw new UserError('guest/missing')
    return person
  }

  serveSignIn(app, { studio, guests, discord, siteUrl, log, guestOf })
  serveStyles(app, { studio, personOf })

  app.post('/guest', async (request, reply): Promise<Guest> => {
    const { id, name, color } = await guestOf(request, reply)
    return { person: { id, name, color } }
  })

  app.post('/rooms', async (request, reply): Promise<RoomMade | FastifyReply> => {
    if (!rooms.take(request.ip)) throw new UserError('guest/fast')
    const wish = readRoomWish(request.body)
    if (!wish.ok) throw new UserError('message/invalid', wish.message)
    const person = await guestOf(request, reply)
    const { room, links } = await studio.rooms.create(person.id, { name: wish.name })
    return { room: { id: room.id, name: room.name }, links: { edit: pathOf(links.edit), view: pathOf(links.view) } }
  })

  app.post('/upload', async (request): Promise<Uploaded> => {
    if (!uploads.take(request.ip)) throw new UserError('guest/fast')
    const person = await personOf(request)
    const secret = request.headers['x-room-secret']
    const entry = typeof secret === 'string' ? await studio.rooms.enter(secret, person.id) : null
    if (!entry) throw new UserError('room/missing')
    if (entry.role === 'viewer') throw new UserError('room/viewer')
    if (!Buffer.isBuffer(request.body) || request.body.length === 0) throw new UserError('image/type')
    return studio.pictures.files.take(request.body)
  })

  app.get<{ Params: { hash: string } }>('/files/:hash', async (request, reply) => {
    const bytes = await studio.pictures.files.read(request.params.hash as FileHash)
    const type = bytes && imageType(bytes)
    if (!type) return send(reply, new UserError('file/missing'))
    return asFile(reply).type(type).send(bytes)
  })

  app.get<{ Params: { picture: string } }>('/pictures/:picture.png', async (request, reply) => {
    const picture = await studio.pictures.find(request.params.picture as PictureId)
    const bytes = picture?.file ? await studio.pictures.files.read(picture.file) : null
    if (!picture || !bytes) throw new UserError('picture/missing')
    const name = `fourstroke-${picture.recipe.seed}.png`
    return asFile(reply).header('content-disposition', `attachment; filename="${name}"`).type('image/png').send(bytes)
  })

  app.get('/healthz', async () => {
    const { model, device } = studio.engine
    return { ok: true, model: model.name, device, engine: studio.load() }
  })
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()))

  // Assets carry their content's hash in their names; the page that names them is asked for anew each time.
  await app.register(fastifyStatic, {
    root: pagesFolder,
    wildcard: true,
    index: false,
    cacheControl: false,
    setHeaders: (response, path) => {
      response.setHeader('cache-control', path.startsWith(join(pagesFolder, 'assets')) ? forever : 'no-cache')
    },
  })
  const page = async (_request: FastifyRequest, reply: FastifyReply) => {
    const html = await readFile(join(pagesFolder, 'index.html')).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (!html) return send(reply, new UserError('page/unbuilt'))
    return reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(html)
  }
  app.get('/', page)
  app.get('/r/:secret', page)
  return app
}

function send(reply: FastifyReply, error: UserError, status: number = error.status): FastifyReply {
  return reply.code(status).header('cache-control', 'no-store').send(error.payload)
}

/** What people have made is shown and kept, never run. */
function asFile(reply: FastifyReply): FastifyReply {
  return reply
    .header('cache-control', forever)
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('cross-origin-resource-policy', 'same-origin')
}

/** By its first bytes; only images that browsers draw and never run. */
function imageType(bytes: Uint8Array): string | null {
  const starts = (signature: string, at = 0) =>
    Buffer.from(
      bytes.buffer,
      bytes.byteOffset + at,
      Math.max(0, Math.min(signature.length, bytes.length - at)),
    ).toString('latin1') === signature
  if (starts('\x89PNG\r\n\x1a\n')) return 'image/png'
  if (starts('\xff\xd8\xff')) return 'image/jpeg'
  return starts('RIFF') && starts('WEBP', 8) ? 'image/webp' : null
}

function readRoomWish(body: unknown): { ok: true; name: string } | { ok: false; message: string } {
  if (body === null || body === undefined) return { ok: true, name: 'New room' }
  if (typeof body !== 'object') return { ok: false, message: 'Expected { name? } as JSON.' }
  const unknown = Object.keys(body).find(key => key !== 'name')
  if (unknown !== undefined) return { ok: false, message: `Unknown field ${JSON.stringify(unknown.slice(0, 40))}.` }
  if (!('name' in body)) return { ok: true, name: 'New room' }
  const name = roomName.safeParse(body.name)
  return name.success ? { ok: true, name: name.data } : { ok: false, message: explain(name.error) }
}

/** Nothing leaves the origin, and nobody frames us. Room secrets are in addresses, so no referrer is ever sent. */
function securityHeaders(publicUrl: string | null) {
  const isSecure = publicUrl?.startsWith('https:') ?? false
  return {
    global: true,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'blob:', 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        workerSrc: ["'self'", 'blob:'],
        frameSrc: ["'none'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    hsts: isSecure,
    referrerPolicy: { policy: 'no-referrer' as const },
    crossOriginEmbedderPolicy: false,
  }
}
