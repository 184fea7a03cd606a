import type { FastifyInstance } from 'fastify'
import { UserError } from '../protocol/errors.ts'
import type { RoomShown } from '../protocol/http.ts'
import { asRoomId, type RoomOfPerson, type Studio } from '../studio/studio.ts'
import { neverRun } from './answers.ts'
import { pathOf } from './links.ts'
import type { Thumbnails } from './thumbnails.ts'
import type { Visitors } from './visitors.ts'

/** As many as anybody looks through; the others are found by their links. */
const maxRooms = 60

type OfRoom = { readonly Params: { readonly room: string } }

/** The rooms that somebody has been in, as the start page shows them. */
export function serveRooms(
  app: FastifyInstance,
  {
    studio,
    personOf,
    thumbnails,
  }: Pick<Visitors, 'personOf'> & { readonly studio: Pick<Studio, 'rooms'>; readonly thumbnails: Thumbnails },
): void {
  app.get('/api/rooms', async (request, reply): Promise<RoomShown[]> => {
    reply.header('cache-control', 'no-store')
    if (!request.person) return []
    const rooms = await studio.rooms.ofPerson(request.person.id)
    return rooms.slice(0, maxRooms).map(shown)
  })

  app.delete<OfRoom>('/api/rooms/:room', async request => {
    await studio.rooms.delete(asRoomId(request.params.room), personOf(request).id)
    return null
  })

  app.delete<OfRoom>('/api/rooms/:room/me', async request => {
    await studio.rooms.leave(asRoomId(request.params.room), personOf(request).id)
    return null
  })

  app.get<OfRoom>('/rooms/:room.webp', async (request, reply) => {
    const { id } = personOf(request)
    const image = await thumbnails.of(asRoomId(request.params.room), id)
    if (!image) throw new UserError('room/missing')
    return neverRun(reply).header('cache-control', 'private, max-age=5').type('image/webp').send(image)
  })
}

function shown({ id, name, role, isLocked, links, clock, changedAt }: RoomOfPerson): RoomShown {
  return {
    ...{ id, name, role, isLocked },
    link: pathOf(links.edit),
    changedAt: changedAt.toISOString(),
    picture: `/rooms/${id}.webp?${clock}`,
  }
}
