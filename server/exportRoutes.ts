import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { UserError } from '../protocol/errors.ts'
import type { Studio } from '../studio/studio.ts'
import { neverRun } from './answers.ts'

const path = '/exports/:secret.zip'
interface Link {
  readonly Params: { readonly secret: string }
}

/** Everything about a person as a zip, for whoever has its link: they got it in private, and it is good for a day. */
export function serveExports(app: FastifyInstance, { studio }: { readonly studio: Pick<Studio, 'ownData'> }): void {
  const asZip = (reply: FastifyReply) =>
    neverRun(reply)
      .header('cache-control', 'private, no-store')
      .header('content-disposition', 'attachment; filename="fourstroke.zip"')
      .type('application/zip')

  app.get<Link>(path, { exposeHeadRoute: false }, async ({ params }, reply) => {
    const zip = await studio.ownData.openExport(params.secret)
    if (!zip) throw new UserError('export/missing')
    return asZip(reply).send(Readable.from(zip))
  })

  // Whoever only looks whether it is there does not set off an export.
  app.head<Link>(path, async ({ params }, reply) => {
    if (!(await studio.ownData.isExportLink(params.secret))) throw new UserError('export/missing')
    return asZip(reply).send()
  })
}
