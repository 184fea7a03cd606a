import type { FastifyReply, FastifyRequest } from 'fastify'
import { UserError } from '../protocol/errors.ts'
import type { Person, StyleId } from '../studio/studio.ts'
import { neverRun } from './answers.ts'
import { createBuckets } from './bucket.ts'
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
  /** Brings a picture or a file. */
  uploader(request: FastifyRequest): Promise<Person>
}

export function createStyleVisitors({ personOf }: Pick<Visitors, 'personOf'>): StyleVisitors {
  // Per person.
  const changes = createBuckets(2, 60)
  const uploads = createBuckets(2, 120)
  async function allowed(request: FastifyRequest, allowance: typeof changes): Promise<Person> {
    const person = await personOf(request)
    if (!allowance.take(person.id)) throw new UserError('guest/fast')
    return person
  }
  return {
    async reader(request, reply) {
      reply.header('cache-control', 'private, no-cache')
      return personOf(request)
    },
    writer: request => allowed(request, changes),
    uploader: request => allowed(request, uploads),
  }
}

/** The style that an address names. */
export const styleOf = (request: FastifyRequest<OfStyle>): StyleId => request.params.id as StyleId

/** Answers with a picture. */
export function sendPicture(reply: FastifyReply, bytes: Uint8Array | null): FastifyReply {
  if (!bytes) throw new UserError('page/missing')
  return neverRun(reply).type('image/png').send(Buffer.from(bytes))
}

/** The file that a request brings. */
export function readBytes({ body }: FastifyRequest): Buffer {
  if (!Buffer.isBuffer(body) || body.length === 0) throw new UserError('image/type', 'Expected a file, got nothing.')
  return body
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
