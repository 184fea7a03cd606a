import type { FastifyReply } from 'fastify'
import type { UserError } from '../protocol/errors.ts'

/** What never changes under its address. */
export const forever = 'public, max-age=31536000, immutable'

declare module 'fastify' {
  interface FastifyReply {
    /** The code of the error that it is answered with, for the figures. */
    errorCode?: string
  }
}

/** Answers with an error's code and its text for people, and with when it is worth to ask again where that is known. */
export function sendError(reply: FastifyReply, error: UserError, status: number = error.status): FastifyReply {
  reply.errorCode = error.code
  if (error.retryAfterSeconds !== undefined) reply.header('retry-after', error.retryAfterSeconds)
  return reply.code(status).header('cache-control', 'no-store').send(error.payload)
}

/** What people have made is shown and saved, never run. */
export function neverRun(reply: FastifyReply): FastifyReply {
  return reply
    .header('content-security-policy', "default-src 'none'; sandbox")
    .header('cross-origin-resource-policy', 'same-origin')
}
