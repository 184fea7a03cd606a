import { timingSafeEqual } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { UserError } from '../protocol/errors.ts'
import { sendError } from './answers.ts'
import type { Metrics } from './metrics.ts'

/** Who may see `/metrics`, and where. */
export interface MetricsAccess {
  /** Asked for as `Authorization: Bearer …`; null: none. */
  readonly token: string | null
  /** An address of its own; null: the one of the page. */
  readonly listen: { readonly host: string; readonly port: number } | null
}

/**
 * `/metrics` beside the page: open to all where only friends come, with the token if there is one, and not at all where
 * strangers come and neither a token nor an address of its own is set.
 */
export function serveMetrics(
  app: FastifyInstance,
  options: { readonly metrics: Metrics; readonly access: MetricsAccess; readonly isPublic: boolean },
): void {
  const { metrics, access, isPublic } = options
  const isClosed = access.listen !== null || (isPublic && access.token === null)
  // Another website cannot know the token.
  const config = { anyHost: access.token !== null, forOperators: true }
  app.get('/metrics', { config }, async (request, reply) => {
    if (isClosed) return sendError(reply, new UserError('metrics/closed'))
    return answer(request, reply, metrics, access.token)
  })
}

/** `/metrics` at an address of its own, for a network that strangers do not reach. Resolves with what stops it. */
export async function listenForMetrics(
  metrics: Metrics,
  { listen, token }: MetricsAccess,
): Promise<{ readonly url: string; close(): Promise<void> } | null> {
  if (listen === null) return null
  const app = Fastify({ forceCloseConnections: true })
  app.get('/metrics', async (request, reply) => answer(request, reply, metrics, token))
  app.setNotFoundHandler((_request, reply) => sendError(reply, new UserError('page/missing')))
  const url = await app.listen(listen)
  return { url, close: () => app.close() }
}

async function answer(request: FastifyRequest, reply: FastifyReply, metrics: Metrics, token: string | null) {
  if (token !== null && !isToken(request.headers.authorization, token)) {
    reply.header('www-authenticate', 'Bearer')
    return sendError(reply, new UserError('metrics/token'))
  }
  reply.header('cache-control', 'no-store')
  return reply.type(metrics.contentType).send(await metrics.text())
}

/** In a time that says nothing about how much of it was right. */
function isToken(authorization: string | undefined, token: string): boolean {
  const presented = Buffer.from(authorization ?? '')
  const expected = Buffer.from(`Bearer ${token}`)
  return presented.length === expected.length && timingSafeEqual(presented, expected)
}
