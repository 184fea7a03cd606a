import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { UserError } from '../protocol/errors.ts'
import type { Uploaded } from '../protocol/http.ts'
import type { FileHash, Person, PictureId, Studio } from '../studio/studio.ts'
import { forever, neverRun, sendError } from './answers.ts'
import { createBuckets } from './bucket.ts'

/** Images that people bring, and the pictures of everybody. */
export function serveFiles(
  app: FastifyInstance,
  tools: { readonly studio: Studio; personOf(request: FastifyRequest): Promise<Person> },
): void {
  const { studio, personOf } = tools
  // Per address, where a whole school may sit behind one.
  const uploads = createBuckets(2, 40)

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
    if (!type) return sendError(reply, new UserError('file/missing'))
    return asFile(reply).type(type).send(bytes)
  })

  app.get<{ Params: { picture: string } }>('/pictures/:picture.png', async (request, reply) => {
    const picture = await studio.pictures.find(request.params.picture as PictureId)
    const bytes = picture?.file ? await studio.pictures.files.read(picture.file) : null
    if (!picture || !bytes) throw new UserError('picture/missing')
    const name = `fourstroke-${picture.recipe.seed}.png`
    return asFile(reply).header('content-disposition', `attachment; filename="${name}"`).type('image/png').send(bytes)
  })
}

/** Under the hash of their content: nothing else will ever be there. */
function asFile(reply: FastifyReply): FastifyReply {
  return neverRun(reply).header('cache-control', forever)
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
