import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { UserError } from '../protocol/errors.ts'
import { createGuard } from '../protocol/guard.ts'
import { firstScenePath } from '../protocol/http.ts'
import type { Person } from '../studio/studio.ts'
import { forever, sendError } from './answers.ts'

interface RoomLink {
  readonly Params: { readonly secret: string }
  readonly Querystring: { readonly frame_id?: unknown }
}

/**
 * The built web pages: index.html and assets/. `prepare`: somebody has come to the page of a room, and the scene is what
 * they ask for next.
 */
export async function servePages(
  app: FastifyInstance,
  { pagesFolder, prepare }: { readonly pagesFolder: string; prepare(secret: string, person: Person): void },
): Promise<void> {
  const guard = createGuard((message, err) => app.log.error({ err }, message))
  // Assets carry their content's hash in their names; the page that names them is requested anew each time.
  await app.register(fastifyStatic, {
    root: pagesFolder,
    wildcard: true,
    index: false,
    cacheControl: false,
    // The build has written a compressed file beside each one (web/compress.ts).
    preCompressed: true,
    setHeaders: (response, path) => {
      response.setHeader('cache-control', path.startsWith(join(pagesFolder, 'assets')) ? forever : 'no-cache')
    },
  })
  const page = async (reply: FastifyReply) => {
    const html = await readFile(join(pagesFolder, 'index.html')).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (!html) return sendError(reply, new UserError('page/unbuilt'))
    return reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(html)
  }
  app.get('/', (_request, reply) => page(reply))
  app.get('/f/:room/:frame/:key', (_request, reply) => page(reply))
  app.get<RoomLink>('/r/:secret', ({ params, query, person }, reply) => {
    // What is drawn is on its way before the page has asked for its code. Inside Discord the room is another one.
    const isRoom = person && /^[\w-]+$/.test(params.secret) && query.frame_id === undefined
    if (isRoom) {
      reply.header('link', `<${firstScenePath(params.secret)}>; rel=preload; as=fetch; crossorigin`)
      // Opening and packing a large room would keep the page waiting.
      reply.raw.once(
        'finish',
        guard('A room could not be opened ahead', () => prepare(params.secret, person)),
      )
    }
    return page(reply)
  })
}
