import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import type { PersonId, PictureId, RoomId } from './ids.ts'

/** Notes what is used, so that what nobody uses can go. Noting writes nothing: that is done from time to time, at once. */
export interface Usage {
  person(id: PersonId): void
  room(id: RoomId): void
  picture(id: PictureId): void
  /** Writes down what was noted. */
  flush(): Promise<void>
}

/** Ids in one statement. */
const batch = 500

/** Notes in memory, by the clock of when they are written: an hour more or less is nothing to them. */
export function createUsage({ client, now }: { readonly client: PrismaClient; readonly now: () => Date }): Usage {
  const people = new Set<string>()
  const rooms = new Set<string>()
  const pictures = new Set<string>()

  async function write(noted: Set<string>, update: (ids: string[]) => Promise<unknown>): Promise<void> {
    const ids = [...noted]
    noted.clear()
    for (let start = 0; start < ids.length; start += batch) await update(ids.slice(start, start + batch))
  }

  return {
    person: id => void people.add(id),
    room: id => void rooms.add(id),
    picture: id => void pictures.add(id),
    async flush() {
      const at = now()
      await write(people, ids => client.person.updateMany({ where: { id: { in: ids } }, data: { seenAt: at } }))
      await write(rooms, ids => client.room.updateMany({ where: { id: { in: ids } }, data: { usedAt: at } }))
      await write(pictures, ids => client.picture.updateMany({ where: { id: { in: ids } }, data: { usedAt: at } }))
    },
  }
}
