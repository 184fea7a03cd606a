import type { FastifyInstance } from 'fastify'
import type { Studio } from '../studio/studio.ts'
import type { Readiness } from './readiness.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers under whatever name it is asked: it says nothing that another website may not know. */
    anyHost?: boolean
    /** Asks neither who it is nor how often they ask. */
    forOperators?: boolean
    /** Writes, and is open to whoever an operator has stopped: they may take away what is theirs, sign out, and report. */
    whileStopped?: boolean
  }
}

/**
 * What supervisors and load balancers ask. `/livez`: this process answers; if it does not, start it again. `/readyz`:
 * people can be served; if not, 503 with the reasons as sentences, and starting again may not help. `/healthz` is another
 * name of `/readyz`.
 */
export function serveHealth(
  app: FastifyInstance,
  { studio, readiness }: { readonly studio: Studio; readonly readiness: Readiness },
): void {
  const config = { anyHost: true, forOperators: true }
  app.get('/livez', { config }, async (_request, reply) => {
    reply.header('cache-control', 'no-store')
    return { ok: true }
  })
  for (const path of ['/readyz', '/healthz']) {
    app.get(path, { config }, async (_request, reply) => {
      const { ok, checks } = await readiness.examine()
      const { model, device } = studio.engine
      reply.code(ok ? 200 : 503).header('cache-control', 'no-store')
      return { ok, checks, model: model.name, device, engine: studio.load() }
    })
  }
}
