import type { FastifyReply, FastifyRequest } from 'fastify'
import { UserError } from '../protocol/errors.ts'
import type { Person } from '../studio/studio.ts'
import { createBuckets } from './bucket.ts'
import type { Guests } from './guests.ts'

/** Who is behind an HTTP request. */
export interface Visitors {
  /** Who sent a request; a new guest, with a cookie, if nobody is known. */
  guestOf(request: FastifyRequest, reply: FastifyReply): Promise<Person>
  /** Who sent a request; refuses a browser that nobody knows yet. */
  personOf(request: FastifyRequest): Promise<Person>
}

export function createVisitors(guests: Guests): Visitors {
  // Per address, where a whole school may sit behind one.
  const newGuests = createBuckets(2, 200)
  return {
    async guestOf(request, reply) {
      const known = await guests.find(request.headers.cookie)
      if (known) return known
      if (!newGuests.take(request.ip)) throw new UserError('guest/fast')
      const { person, cookie } = await guests.welcome()
      reply.header('set-cookie', cookie)
      return person
    },
    async personOf(request) {
      const person = await guests.find(request.headers.cookie)
      if (!person) throw new UserError('guest/missing')
      return person
    },
  }
}
