import type { FastifyInstance } from 'fastify'
import { moderationChecks } from '../protocol/checks.ts'
import type { ReportShown, StopShown } from '../protocol/http.ts'
import type { AuditEntry, Studio } from '../studio/studio.ts'
import { checkBody } from './replies.ts'
import type { Visitors } from './visitors.ts'

/** More than anybody reads at once. */
const maxEntries = 200

/** Reports to operators, and what operators do: read, check, call the studio, answer. */
export function serveModeration(
  app: FastifyInstance,
  { studio, personOf }: Pick<Visitors, 'personOf'> & { readonly studio: Pick<Studio, 'moderation'> },
): void {
  const { moderation } = studio

  app.post('/api/reports', { config: { whileStopped: true } }, async request => {
    await moderation.report(personOf(request).id, checkBody(moderationChecks.report, request.body))
    return null
  })

  app.get('/api/reports', async (request, reply): Promise<ReportShown[]> => {
    reply.header('cache-control', 'no-store')
    const reports = await moderation.reports(personOf(request).id)
    return reports.map(({ reportedAt, reporter: _, ...shown }) => ({ ...shown, reportedAt: reportedAt.toISOString() }))
  })

  app.delete<{ Params: { id: string } }>('/api/reports/:id', async request => {
    await moderation.closeReport(personOf(request).id, request.params.id)
    return null
  })

  app.get('/api/stops', async (request, reply): Promise<StopShown[]> => {
    reply.header('cache-control', 'no-store')
    const stops = await moderation.stops(personOf(request).id)
    return stops.map(({ stoppedAt, ...shown }) => ({ ...shown, stoppedAt: stoppedAt.toISOString() }))
  })

  app.post('/api/stops', async request => {
    await moderation.stop(personOf(request).id, checkBody(moderationChecks.stop, request.body))
    return null
  })

  app.delete('/api/stops', async request => {
    await moderation.resume(personOf(request).id, checkBody(moderationChecks.stop, request.body))
    return null
  })

  app.get('/api/audit', async (request, reply): Promise<AuditEntry[]> => {
    reply.header('cache-control', 'no-store')
    return moderation.audit(personOf(request).id, maxEntries)
  })
}
