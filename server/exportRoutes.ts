import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { UserError } from '../protocol/errors.ts'
import type { Studio } from '../studio/studio.ts'
import { neverRun } from './answers.ts'

/** Everything about a person as a zip, for whoever has its link: they got it in private, and it is good for a day. */
export function serveExports(app: FastifyInstance, { studio }: { readonly studio: Pick<Studio, 'ownData'> }): void {
  app.get<{ Params: { secret: string } }>('/exports/:secret.zip', async (request, reply) => {
    const zip = await studio.ownData.openExport(request.params.secret)
    if (!zip) throw new UserError('export/missing')
    return neverRun(reply)
      .header('cache-control', 'no-store')
      .header('content-disposition', 'attachment; filename="fourstroke.zip"')
      .type('application/zip')
      .send(Readable.from(zip))
  })
}
