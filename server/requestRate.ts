import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { UserError } from '../protocol/errors.ts'
import type { Budgets } from '../studio/studio.ts'

/**
 * How many requests a minute: of a person, wherever they sit; of an address only where a browser is not known yet, for a
 * whole school may be behind one. Returns the check; files of the page itself are not counted.
 */
export async function limitRequests(
  app: FastifyInstance,
  perMinute: Budgets['requestsPerMinute'],
): Promise<(request: FastifyRequest, reply: FastifyReply) => Promise<void>> {
  await app.register(rateLimit, { global: false, cache: 20_000 })
  const check = app.createRateLimit({
    timeWindow: '1 minute',
    keyGenerator: ({ person, ip }) => person?.id ?? `address:${ip}`,
    max: ({ person }) =>
      person === null ? perMinute.address : person.discordId === null ? perMinute.guest : perMinute.person,
  })
  return async (request, reply) => {
    const limit = await check(request)
    if (limit.isAllowed || !limit.isExceeded) return
    reply.header('retry-after', limit.ttlInSeconds)
    throw new UserError('guest/fast')
  }
}
