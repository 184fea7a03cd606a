import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { UserError } from '../protocol/errors.ts'
import { packElements } from '../protocol/packScene.ts'
import { type ReplayFacts, replayPartHeader, replayPath } from '../protocol/replay.ts'
import { asRoomId, type RoomId, type Studio } from '../studio/studio.ts'
import { neverRun } from './answers.ts'
import { readSnapshot } from './roomRecord.ts'
import type { Visitors } from './visitors.ts'

type OfRoom = { readonly Params: { readonly room: string } }
type OfPart = { readonly Params: { readonly room: string; readonly after: string } }

const compress = promisify(deflate)

/** How rooms were drawn, to those who have been there; out of the database, whichever server has the room. */
export function serveReplays(
  app: FastifyInstance,
  { studio, personOf }: Pick<Visitors, 'personOf'> & { readonly studio: Pick<Studio, 'rooms' | 'moderation'> },
): void {
  const { replays } = studio.rooms

  async function roomOf(request: FastifyRequest<OfRoom>): Promise<RoomId> {
    const { id } = personOf(request)
    const room = await studio.rooms.findFor(id, asRoomId(request.params.room))
    if (!room) throw new UserError('room/missing')
    await studio.moderation.checkAllowed(id, { room: room.id })
    return room.id
  }

  app.get<OfRoom>(replayPath(':room'), async (request, reply): Promise<ReplayFacts> => {
    const room = await roomOf(request)
    const [{ after, upTo }, pictures] = await Promise.all([replays.history(room), replays.pictures(room)])
    reply.header('cache-control', 'private, no-store')
    return {
      ...{ after, upTo },
      pictures: pictures.map(({ frameId, file, requestedAt, finishedAt }) => {
        return { frameId, file, drawnAt: requestedAt.getTime(), shownAt: finishedAt.getTime() }
      }),
    }
  })

  app.get<OfPart>(`${replayPath(':room')}/:after`, async (request, reply) => {
    const part = await replays.part(await roomOf(request), clockIn(request.params.after))
    if (!part) return reply.code(204).send()
    return sendPacked(reply.header(replayPartHeader, part.upTo), part.operations)
  })

  app.get<OfPart>(`${replayPath(':room')}/:after/scene`, async (request, reply) => {
    const room = await roomOf(request)
    const after = clockIn(request.params.after)
    const scene = await replays.firstScene(room, after)
    const elements = scene === null ? [] : (readSnapshot({ clock: after, scene })?.elements ?? [])
    return sendPacked(reply, await compress(packElements(elements)))
  })
}

/** Inflated by the browser itself. What was erased since must not come out of a cache. */
function sendPacked(reply: FastifyReply, packed: Uint8Array): FastifyReply {
  return neverRun(reply)
    .header('cache-control', 'private, no-store')
    .header('content-encoding', 'deflate')
    .type('application/octet-stream')
    .send(packed)
}

function clockIn(text: string): number {
  const clock = Number(text)
  if (!Number.isSafeInteger(clock) || clock < 0) {
    throw new UserError('message/invalid', 'Expected the clock that a part of a replay follows, from 0.')
  }
  return clock
}
