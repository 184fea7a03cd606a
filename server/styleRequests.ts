import type { FastifyReply, FastifyRequest } from 'fastify'
import { UserError } from '../protocol/errors.ts'
import { imageTypeOf } from '../studio/images/imageCodec.ts'
import { asStyleId, type IncomingFile, type Person, type Studio, type StyleId } from '../studio/studio.ts'
import { neverRun } from './answers.ts'
import { admitUpload } from './bodies.ts'
import type { Visitors } from './visitors.ts'

/** What the addresses of styles can hold. */
export interface OfStyle {
  Params: { id: string; picture: string; number: string; example: string }
}

/** Who sends requests about styles, and whether they may send more. */
export interface StyleVisitors {
  /** Everything here may be private. */
  reader(request: FastifyRequest, reply: FastifyReply): Promise<Person>
  /** Changes something. */
  writer(request: FastifyRequest): Promise<Person>
  /** Before a picture or a file is read: its sender may bring it, to the style that the address names if it does. */
  readonly checkUpload: (request: FastifyRequest, reply: FastifyReply) => Promise<void>
}

export function createStyleVisitors(studio: Studio, { personOf }: Pick<Visitors, 'personOf'>): StyleVisitors {
  return {
    async reader(request, reply) {
      reply.header('cache-control', 'private, no-cache')
      return personOf(request)
    },
    async writer(request) {
      const person = personOf(request)
      await studio.budgets.take(person.id, { changes: 1 })
      return person
    },
    async checkUpload(request, reply) {
      const { id } = personOf(request)
      // Only the route of a new style names none.
      const { id: style } = request.params as { id?: string }
      if (style !== undefined) await studio.styles.checkOwn(id, asStyleId(style))
      await admitUpload(studio, id, request, reply)
    },
  }
}

/** The style that an address names. */
export const styleOf = (request: FastifyRequest<OfStyle>): StyleId => asStyleId(request.params.id)

/** Answers with a picture. */
export function sendPicture(reply: FastifyReply, bytes: Uint8Array | null): FastifyReply {
  if (!bytes) throw new UserError('page/missing')
  return neverRun(reply)
    .type(imageTypeOf(bytes) ?? 'application/octet-stream')
    .send(Buffer.from(bytes))
}

/** The file that a request brings. */
export function uploadOf({ incoming }: FastifyRequest): IncomingFile {
  if (!incoming || incoming.size === 0) throw new UserError('image/type', 'Expected a file, got nothing.')
  return incoming
}

/** Text in a header is percent-encoded: headers hold ASCII alone. */
export function readHeader({ headers }: FastifyRequest, name: string): string {
  const value = headers[name]
  if (typeof value !== 'string') return ''
  try {
    return decodeURIComponent(value)
  } catch {
    throw new UserError('message/invalid')
  }
}
