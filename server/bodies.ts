import type { IncomingMessage } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, UserError } from '../protocol/errors.ts'
import { createGuard } from '../protocol/guard.ts'
import { limits } from '../protocol/limits.ts'
import type { IncomingFile, PersonId, Studio } from '../studio/studio.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Routes that take more than `limits.maxJsonBytes`: how much of it, and what is said of more. */
    upload?: { readonly maxBytes: number; readonly tooLarge: ErrorCode }
  }
}

/** Routes that take an image. */
export const imageUpload = { upload: { maxBytes: limits.maxUploadBytes, tooLarge: 'body/large' } } as const
/** Routes that take a style file. */
export const styleUpload = { upload: { maxBytes: limits.maxStyleFileBytes, tooLarge: 'style/large' } } as const

const isJson = ({ headers }: FastifyRequest) => /^application\/json\b/i.test(headers['content-type'] ?? '')

function limitOf(request: FastifyRequest): { readonly maxBytes: number; readonly tooLarge: ErrorCode } {
  const { upload } = request.routeOptions.config
  return upload && !isJson(request) ? upload : { maxBytes: limits.maxJsonBytes, tooLarge: 'body/json' }
}

/** Refuses a body by its announced length, before any of it is read. */
export function checkLength(request: FastifyRequest): void {
  const { maxBytes, tooLarge } = limitOf(request)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw new UserError(tooLarge)
}

/**
 * Bodies that are no JSON go to `studio.incoming`: a little of them is in memory, the rest in a file that is gone with the
 * request. What is refused is read on for a while and thrown away, so that the answer arrives before the line is cut.
 */
export function takeBodies(app: FastifyInstance, { incoming }: Pick<Studio, 'incoming'>): void {
  app.addContentTypeParser(
    ['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/svg+xml', 'application/octet-stream'],
    async (request: FastifyRequest, payload: IncomingMessage): Promise<IncomingFile> => {
      const { maxBytes, tooLarge } = limitOf(request)
      const file = await incoming.receive(payload, { maxBytes }).catch((error: unknown) => {
        throw error instanceof UserError && error.code === 'body/large' ? new UserError(tooLarge) : error
      })
      request.incoming = file
      return file
    },
  )
  app.decorateRequest('incoming', null)
  app.addHook('onRequestAbort', async request => request.incoming?.discard())
  app.addHook('onResponse', async request => {
    await request.incoming?.discard()
    if (!request.raw.complete) discardRest(request)
  })
}

declare module 'fastify' {
  interface FastifyRequest {
    /** What an upload has brought. */
    incoming: IncomingFile | null
  }
}

const guardOf = (log: FastifyBaseLogger) => createGuard((message, err) => log.error({ err }, message))

/** Node reads on and throws away what comes; it is given so much, and so long. */
function discardRest({ raw, log }: FastifyRequest): void {
  const { socket } = raw
  const endsAt = performance.now() + limits.discardMs
  const readAtFirst = socket.bytesRead
  const look = guardOf(log)('The rest of a body could not be thrown away', () => {
    const isOver = raw.complete || socket.destroyed
    const isTooMuch = socket.bytesRead - readAtFirst > limits.maxDiscardedBytes || performance.now() > endsAt
    if (isTooMuch && !isOver) socket.destroy()
    if (isTooMuch || isOver) clearInterval(timer)
  })
  const timer = setInterval(look, 200)
  timer.unref()
}

/**
 * What an upload costs before any of it is read: the disk has room for it, and neither this person nor everybody has too
 * much under way. Counted until the answer is out or the line is cut.
 */
export async function admitUpload(
  { budgets, storage }: Pick<Studio, 'budgets' | 'storage'>,
  by: PersonId,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  await storage.checkFree()
  // One that does not say how long it is may be as long as it is allowed to be.
  const announced = Number(request.headers['content-length'] ?? limitOf(request).maxBytes)
  const taken = await budgets.take(by, { uploads: 1, uploadsInFlight: announced })
  if (reply.raw.destroyed || reply.raw.writableFinished) return taken.release()
  const release = guardOf(request.log)('What an upload took could not be given back', taken.release)
  reply.raw.once('close', release)
}
