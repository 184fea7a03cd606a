import type { FastifyReply, FastifyRequest } from 'fastify'
import { acceptedLanguage } from '../language/languages.ts'
import { UserError } from '../protocol/errors.ts'
import type { Person, Studio } from '../studio/studio.ts'
import type { Guests } from './guests.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sent it, before anything else of it is read; null: nobody is known. */
    person: Person | null
  }
}

/** Who is behind an HTTP request. */
export interface Visitors {
  /** Finds out who sent a request. */
  identify(request: FastifyRequest): Promise<void>
  /** Who sent a request; a new guest, with a cookie, if nobody is known. Only where something is written anyway. */
  guestOf(request: FastifyRequest, reply: FastifyReply): Promise<Person>
  /** Who sent a request; refuses a browser that nobody knows yet. */
  personOf(request: FastifyRequest): Person
}

export function createVisitors({ budgets, seen }: Pick<Studio, 'budgets' | 'seen'>, guests: Guests): Visitors {
  function markSeen(person: Person, request: FastifyRequest): void {
    request.person = person
    budgets.seen(person.id, { isGuest: person.discordId === null, address: request.ip })
    seen(person.id)
  }
  return {
    async identify(request) {
      const person = await guests.find(request.headers.cookie)
      if (person) markSeen(person, request)
    },
    async guestOf(request, reply) {
      if (request.person) return request.person
      await budgets.take({ address: request.ip }, { newGuests: 1 })
      const { person, cookie } = await guests.welcome(acceptedLanguage(request.headers['accept-language']))
      reply.header('set-cookie', cookie)
      markSeen(person, request)
      return person
    },
    personOf({ person }) {
      if (!person) throw new UserError('guest/missing')
      return person
    },
  }
}
