import type { ActivityInstance, PrismaClient } from '../../prisma/client/sqlite/client.ts'
import type { Picture } from '../pictures/picture.ts'
import { picturesOf, withJob } from '../pictures/pictureRows.ts'
import type { RoomLinks } from '../rooms/room.ts'
import type { NewRoom, Rooms } from '../rooms/rooms.ts'
import type { PersonId } from '../shared/ids.ts'

/** Where an instance of the Activity runs: Discord gives it an id, and everybody who joins is in that one. */
export interface ActivityPlace {
  readonly instance: string
  readonly channelId: string
  readonly guildId: string | null
}

/** An instance that has not ended, as far as this studio knows. */
export interface OpenActivity extends ActivityPlace {
  readonly messageId: string | null
  readonly locale: string | null
}

/** What came of an instance. */
export interface ActivityResult {
  readonly room: { readonly name: string; readonly editLink: string }
  /** The newest finished picture of each frame since it began, newest first. */
  readonly pictures: readonly Picture[]
  /** Names of those who drew or painted, in the order in which they came. */
  readonly painters: readonly string[]
}

/** Rooms that are open inside Discord: instance and room are one. */
export interface Activities {
  /**
   * Makes a room, then lets Discord open it: `open` resolves with the instance, or null where Discord did not say. Whoever
   * enters meanwhile waits for it.
   */
  launch(
    by: PersonId,
    room: NewRoom,
    open: () => Promise<(ActivityPlace & { readonly locale: string | null }) | null>,
  ): Promise<{ readonly instance: string | null; readonly links: RoomLinks }>
  /** The secret of the link to the room of an instance; a new room of this name if it has none. */
  enter(by: PersonId, place: ActivityPlace, name: string): Promise<string>
  /** The message that says it is open. */
  setMessage(instance: string, messageId: string): Promise<void>
  /** Oldest first. */
  open(): Promise<OpenActivity[]>
  result(instance: string): Promise<ActivityResult | null>
  /** Discord has no such instance any more. False: somebody else was told first. */
  end(instance: string): Promise<boolean>
}

/** Activities over the rows of the database. */
export function createActivities({
  client,
  rooms,
  now,
}: {
  readonly client: PrismaClient
  readonly rooms: Pick<Rooms, 'create'>
  readonly now: () => Date
}): Activities {
  /** Discord answers within 3 s; until then nobody knows which room an instance will be. */
  const launching = new Set<Promise<unknown>>()
  /** Of two who join at once, one makes the room. */
  const entering = new Map<string, Promise<string>>()

  async function bind(room: string, place: ActivityPlace, locale: string | null): Promise<void> {
    const { instance: id, channelId, guildId } = place
    await client.activityInstance.create({ data: { id, roomId: room, channelId, guildId, locale, startedAt: now() } })
  }

  async function secretOf(instance: string): Promise<string | null> {
    const row = await client.activityInstance.findUnique({ where: { id: instance }, include: { room: true } })
    return row?.room.editSecret ?? null
  }

  async function enterNew(by: PersonId, place: ActivityPlace, name: string): Promise<string> {
    await Promise.allSettled([...launching])
    const known = await secretOf(place.instance)
    if (known !== null) return known
    const { channelId, guildId } = place
    const origin = { channelId, guildId, messageId: null, locale: null }
    const { room, links } = await rooms.create(by, { name, origin, ...(guildId !== null && { guild: guildId }) })
    // Another program on this database may have been quicker.
    return bind(room.id, place, null).then(
      () => links.edit,
      async error => {
        const theirs = await secretOf(place.instance)
        if (theirs === null) throw error
        return theirs
      },
    )
  }

  return {
    async launch(by, room, open) {
      const { room: made, links } = await rooms.create(by, room)
      const work = open().then(async place => {
        if (place) await bind(made.id, place, place.locale)
        return place?.instance ?? null
      })
      launching.add(work)
      const instance = await work.finally(() => launching.delete(work))
      return { instance, links }
    },

    async enter(by, place, name) {
      const known = await secretOf(place.instance)
      if (known !== null) return known
      const { instance } = place
      const work = entering.get(instance) ?? enterNew(by, place, name).finally(() => entering.delete(instance))
      entering.set(instance, work)
      return work
    },

    async setMessage(instance, messageId) {
      const origins = { messageId: null, room: { activities: { some: { id: instance } } } }
      await client.$transaction([
        client.activityInstance.updateMany({ where: { id: instance }, data: { messageId } }),
        // One that opened with the picture of a message came from that.
        client.roomOrigin.updateMany({ where: origins, data: { messageId } }),
      ])
    },

    async open() {
      const rows = await client.activityInstance.findMany({ where: { endedAt: null }, orderBy: { startedAt: 'asc' } })
      return rows.map(openActivity)
    },

    async result(instance) {
      const row = await client.activityInstance.findUnique({ where: { id: instance }, include: { room: true } })
      if (!row) return null
      const { roomId, startedAt, room } = row
      return {
        room: { name: room.name, editLink: room.editSecret },
        pictures: await picturesSince(client, roomId, startedAt),
        painters: await paintersSince(client, roomId, startedAt),
      }
    },

    async end(instance) {
      const { count } = await client.activityInstance.updateMany({
        where: { id: instance, endedAt: null },
        data: { endedAt: now() },
      })
      return count > 0
    },
  }
}

function openActivity({ id, channelId, guildId, messageId, locale }: ActivityInstance): OpenActivity {
  return { instance: id, channelId, guildId, messageId, locale }
}

async function picturesSince(client: PrismaClient, roomId: string, since: Date): Promise<Picture[]> {
  const rows = await client.picture.findMany({
    where: { state: 'finished', job: { roomId, requestedAt: { gte: since } } },
    include: withJob,
    orderBy: [{ job: { requestedAt: 'desc' } }, { index: 'desc' }],
    take: 200,
  })
  const frames = rows.map(({ job }) => job?.frameId)
  return picturesOf(rows.filter(({ job }, index) => frames.indexOf(job?.frameId ?? null) === index))
}

async function paintersSince(client: PrismaClient, roomId: string, since: Date): Promise<string[]> {
  const drawn = await client.operation.findMany({
    where: { roomId, storedAt: { gte: since } },
    distinct: ['authorId'],
    select: { authorId: true },
  })
  const asked = await client.job.findMany({
    where: { roomId, requestedAt: { gte: since } },
    distinct: ['ownerId'],
    select: { ownerId: true },
  })
  const ids = [...drawn.map(one => one.authorId), ...asked.map(one => one.ownerId)]
  const members = await client.member.findMany({
    where: { roomId, personId: { in: ids } },
    include: { person: { select: { name: true } } },
    orderBy: { joinedAt: 'asc' },
  })
  return members.map(({ person }) => person.name)
}
