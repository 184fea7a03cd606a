import type { FastifyInstance } from 'fastify'
import { otherWordsPath } from '../protocol/http.ts'
import type { OtherWords } from '../protocol/vocabulary.ts'
import type { Studio } from '../studio/studio.ts'

/** What other words mean to the model: too much for everybody who enters, asked for by those who type a prompt. */
export function serveWords(app: FastifyInstance, { engine }: Pick<Studio, 'engine'>): void {
  app.get(otherWordsPath, async (_request, reply): Promise<OtherWords | null> => {
    reply.header('cache-control', 'private, max-age=600')
    return engine.model.vocabulary?.otherWords ?? null
  })
}
