import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { UserError } from '../protocol/errors.ts'
import type { Uploaded } from '../protocol/http.ts'
import { imageTypeOf } from '../studio/images/imageCodec.ts'
import { asFileHash, asPictureId, checkMayDraw, type Picture, type Studio } from '../studio/studio.ts'
import { neverRun, sendError } from './answers.ts'
import { admitUpload, imageUpload } from './bodies.ts'
import type { Visitors } from './visitors.ts'

/** Images that people bring, and the pictures of everybody: each to those who may see it. */
export function serveFiles(
  app: FastifyInstance,
  tools: Pick<Visitors, 'personOf'> & { readonly studio: Studio },
): void {
  const { studio, personOf } = tools
  const { pictures } = studio

  async function checkUpload(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const person = personOf(request)
    const secret = request.headers['x-room-secret']
    const entry = typeof secret === 'string' ? await studio.rooms.enter(secret, person.id) : null
    if (!entry) throw new UserError('room/missing')
    checkMayDraw(entry.role, entry.room)
    await admitUpload(studio, person.id, request, reply)
  }

  app.post('/upload', { onRequest: checkUpload, config: imageUpload }, async (request): Promise<Uploaded> => {
    const { incoming } = request
    if (!incoming || incoming.size === 0) throw new UserError('image/type')
    return pictures.files.take(personOf(request).id, incoming.read)
  })

  app.get<{ Params: { hash: string } }>('/files/:hash', async (request, reply) => {
    const hash = asFileHash(request.params.hash)
    // Whoever may not see it learns nothing from the answer: there is no such image.
    const mayRead = request.person !== null && (await pictures.mayRead(request.person.id, hash))
    const bytes = mayRead ? await pictures.files.read(hash) : null
    const type = bytes && imageTypeOf(bytes)
    if (!type) return sendError(reply, new UserError('file/missing'))
    // Under the hash of its content: nothing else will ever be there, for whoever has seen it.
    return neverRun(reply).header('cache-control', 'private, max-age=31536000, immutable').type(type).send(bytes)
  })

  /** By the secret of its link, for whoever has it; by its id, for those who may see it. */
  async function find(request: FastifyRequest<{ Params: { picture: string } }>): Promise<Picture | null> {
    const { picture } = request.params
    const linked = await pictures.fromLink(picture)
    if (linked || !request.person) return linked
    return pictures.see(request.person.id, asPictureId(picture))
  }

  app.get<{ Params: { picture: string } }>('/pictures/:picture.png', async (request, reply) => {
    const picture = await find(request)
    const bytes = picture?.file ? await pictures.files.read(picture.file) : null
    if (!picture || !bytes) throw new UserError('picture/missing')
    const name = `fourstroke-${picture.recipe.seed}.png`
    // Asked for each time: a link ends when the picture is deleted.
    return neverRun(reply)
      .header('cache-control', 'private, no-cache')
      .header('content-disposition', `attachment; filename="${name}"`)
      .type('image/png')
      .send(bytes)
  })
}
