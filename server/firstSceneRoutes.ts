import type { FastifyInstance } from 'fastify'
import { UserError } from '../protocol/errors.ts'
import { type FirstSceneFacts, firstSceneHeader, firstScenePath } from '../protocol/http.ts'
import { RoomElsewhere } from './roomHolders.ts'
import type { Rooms } from './rooms.ts'

/** What is drawn in a room, for a page that loads its code meanwhile; it enters the room with this clock afterwards. */
export function serveFirstScenes(app: FastifyInstance, rooms: Pick<Rooms, 'look'>): void {
  app.get<{ Params: { readonly secret: string } }>(firstScenePath(':secret'), async ({ params, person }, reply) => {
    if (!person) throw new UserError('guest/missing')
    const found = await rooms.look(params.secret, person.id).catch(nullIfElsewhere)
    reply.header('cache-control', 'private, no-store')
    const firstScene = found?.room.firstScene
    if (!found || !firstScene) return reply.code(204).send()
    const { role } = found
    const { clock, elements, box, hasFrames } = firstScene
    const facts: FirstSceneFacts = { clock, canEdit: role !== 'viewer', box, hasFrames }
    return reply
      .header(firstSceneHeader, JSON.stringify(facts))
      .header('content-encoding', 'deflate')
      .type('application/octet-stream')
      .send(elements)
  })
}

/** A room that another server has is drawn once the page has entered it. */
function nullIfElsewhere(error: unknown): null {
  if (error instanceof RoomElsewhere) return null
  throw error
}
