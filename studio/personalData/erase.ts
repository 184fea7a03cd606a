import { z } from 'zod'
import type { Prisma, PrismaClient } from '../../prisma/client/sqlite/client.ts'
import type { FileStore } from '../images/fileStore.ts'
import { filesOf, recipeIn } from '../images/recipe.ts'
import { replaceInArchive } from '../rooms/operationArchive.ts'
import { asPersonId, asRoomId, asStyleId, type PersonId, type RoomId } from '../shared/ids.ts'
import { json } from '../shared/rowJson.ts'
import { newId, type Random } from '../shared/secrets.ts'
import { noteLostDefaults } from '../styles/defaultStyle.ts'
import type { StyleFolders } from '../styles/styleFolders.ts'
import { erasedId, erasedPerson } from './erasedPerson.ts'

/** How much was erased. */
export interface ErasureCounts {
  readonly pictures: number
  readonly styles: number
  /** Rooms that nobody else has been in: they are gone. */
  readonly rooms: number
  /** Rooms of others where something of theirs stays, without a name. */
  readonly sharedRooms: number
}

/** What erasing needs. */
export interface ErasureTools {
  readonly client: PrismaClient
  readonly isPostgresql: boolean
  readonly files: Pick<FileStore, 'collect'>
  readonly folders: Pick<StyleFolders, 'remove'>
  readonly now: () => Date
  readonly random: Random
  scrub(): Promise<void>
}

const leftoverSchema = z.object({ files: z.array(z.string()), styles: z.array(z.string()), rooms: z.array(z.string()) })
type Leftover = z.infer<typeof leftoverSchema>
const nothingLeft: Leftover = { files: [], styles: [], rooms: [] }

/** Everybody's transactions wait for this one, and it may have much to do. */
const transactionMs = 120_000

/**
 * Erases a person: rows in one transaction that also writes down what is left to do, then names in drawings and files.
 * Killed in between, `finishErasures` goes on.
 *
 * What is theirs alone goes: account, sessions, pictures of chat and command line, styles, and rooms in which nobody else
 * has been. In rooms of others their strokes, images and the pictures of frames stay, because they are part of what the
 * others have drawn; they belong to "Somebody who left" from then on.
 */
export async function erasePerson(tools: ErasureTools, person: PersonId): Promise<ErasureCounts> {
  const { client, random } = tools
  const id = newId<string>(random)
  const counts = await client.$transaction(within => eraseRows(tools, within, { id, person }), {
    timeout: transactionMs,
  })
  await finishErasure(tools, id)
  return counts
}

async function eraseRows(
  { now }: ErasureTools,
  within: Prisma.TransactionClient,
  { id, person }: { readonly id: string; readonly person: PersonId },
): Promise<ErasureCounts> {
  const { discordId } = await within.person.findUniqueOrThrow({ where: { id: person }, select: { discordId: true } })
  const { own, shared } = await roomsOf(within, person)
  const created = { ...erasedPerson, createdAt: now() }
  await within.person.upsert({ where: { id: erasedId }, create: created, update: {} })
  await within.room.deleteMany({ where: { id: { in: own } } })
  for (const room of shared) await handOver(within, room, person)
  await within.operation.updateMany({ where: { authorId: person }, data: { authorId: erasedId } })
  // The rooms of these that are left are shared ones.
  await within.job.updateMany({ where: { ownerId: person, roomId: { not: null } }, data: { ownerId: erasedId } })

  const pictures = await within.picture.findMany({
    where: { job: { ownerId: person } },
    select: { file: true, recipe: true },
  })
  const styles = await within.style.findMany({ where: { ownerId: person }, select: { id: true } })
  const stored = await within.storedFile.findMany({ where: { ownerId: person }, select: { hash: true } })
  if (discordId !== null) await deletePendingReplies(within, discordId)
  await noteLostDefaults(within, person, { styles: styles.map(style => style.id), name: null })
  await within.person.delete({ where: { id: person } })
  // Masks are only named there.
  const named = pictures.flatMap(({ file, recipe }) => [...(file ? [file] : []), ...filesOf(recipeIn(recipe))])
  const hashes = [...named, ...stored.map(({ hash }) => hash)]
  const leftover: Leftover = {
    files: [...new Set(hashes)],
    styles: styles.map(style => style.id),
    rooms: await roomsNaming(within, person),
  }
  const counts = { pictures: pictures.length, styles: styles.length, rooms: own.length, sharedRooms: shared.length }
  await within.erasure.create({
    data: { id, personId: person, requestedAt: now(), leftover: json(leftover), counts: json(counts) },
  })
  return counts
}

/** Rooms that a person has been in alone, and with others. */
async function roomsOf(
  within: Prisma.TransactionClient,
  person: PersonId,
): Promise<{ own: string[]; shared: string[] }> {
  const rooms = await within.room.findMany({
    where: { members: { some: { personId: person } } },
    select: { id: true, members: { where: { personId: { not: person } }, select: { personId: true }, take: 1 } },
  })
  return {
    own: rooms.filter(({ members }) => members.length === 0).map(room => room.id),
    shared: rooms.filter(({ members }) => members.length > 0).map(room => room.id),
  }
}

/** A room that they owned has another owner: of those who may draw there, whoever came first. */
async function handOver(within: Prisma.TransactionClient, roomId: string, person: PersonId): Promise<void> {
  const member = await within.member.findUnique({ where: { roomId_personId: { roomId, personId: person } } })
  if (member?.role !== 'owner') return
  const heir = await within.member.findFirst({
    where: { roomId, role: 'editor', personId: { not: person } },
    orderBy: { joinedAt: 'asc' },
  })
  if (!heir) return
  const place = { roomId, personId: heir.personId }
  await within.member.update({ where: { roomId_personId: place }, data: { role: 'owner' } })
}

/** Interactions as the bot has written them down name whoever sent them. */
async function deletePendingReplies(within: Prisma.TransactionClient, discordId: string): Promise<void> {
  const mention = `%"${discordId}"%`
  await within.$executeRaw`DELETE FROM "ChatPromise" WHERE CAST("said" AS TEXT) LIKE ${mention}`
}

/** Drawings name their authors by id, inside of operations and snapshots: an id cannot be mistaken. */
async function roomsNaming(within: Pick<PrismaClient, '$queryRaw'>, person: PersonId): Promise<string[]> {
  const mention = `%${person}%`
  const rows = await within.$queryRaw<{ room: string }[]>`
    SELECT DISTINCT "roomId" AS "room" FROM "Operation" WHERE CAST("operation" AS TEXT) LIKE ${mention}
    UNION SELECT DISTINCT "roomId" AS "room" FROM "Snapshot" WHERE CAST("scene" AS TEXT) LIKE ${mention}
    UNION SELECT DISTINCT "roomId" AS "room" FROM "ArchivedOperations" WHERE "people" LIKE ${mention}`
  return rows.map(({ room }) => room)
}

/** Goes on where a program was killed that was erasing somebody. */
export async function finishErasures(tools: ErasureTools): Promise<void> {
  const open = await tools.client.erasure.findMany({ where: { finishedAt: null }, select: { id: true } })
  for (const { id } of open) await finishErasure(tools, id)
}

async function finishErasure(tools: ErasureTools, id: string): Promise<void> {
  const { client, files, folders, now, scrub } = tools
  const row = await client.erasure.findUniqueOrThrow({ where: { id } })
  const person = asPersonId(row.personId)
  const { data: leftover = await findLeftover(client, person) } = leftoverSchema.safeParse(row.leftover)
  await removeName(tools, person, leftover.rooms)
  // Ids out of a row of styles.
  for (const style of leftover.styles) await folders.remove(asStyleId(style))
  await files.collect(leftover.files)
  await scrub()
  await client.erasure.update({ where: { id }, data: { finishedAt: now(), leftover: json(nothingLeft) } })
}

/** What is left where the row cannot be read: files and styles of nobody are swept, whoever had them. */
async function findLeftover(client: PrismaClient, person: PersonId): Promise<Leftover> {
  return { ...nothingLeft, rooms: await roomsNaming(client, person) }
}

/** Puts "Somebody who left" in a person's place inside of what is drawn in these rooms. May be repeated. */
export async function removeName(
  { client, isPostgresql }: Pick<ErasureTools, 'client' | 'isPostgresql'>,
  person: PersonId,
  rooms: readonly string[],
): Promise<void> {
  const mention = `%${person}%`
  for (const room of rooms) {
    if (isPostgresql) {
      await client.$executeRaw`UPDATE "Operation" SET "operation" = REPLACE("operation"::text, ${person}, ${erasedId})::jsonb
        WHERE "roomId" = ${room} AND "operation"::text LIKE ${mention}`
      await client.$executeRaw`UPDATE "Snapshot" SET "scene" = REPLACE("scene"::text, ${person}, ${erasedId})::jsonb
        WHERE "roomId" = ${room} AND "scene"::text LIKE ${mention}`
    } else {
      await client.$executeRaw`UPDATE "Operation" SET "operation" = REPLACE("operation", ${person}, ${erasedId})
        WHERE "roomId" = ${room} AND "operation" LIKE ${mention}`
      await client.$executeRaw`UPDATE "Snapshot" SET "scene" = REPLACE("scene", ${person}, ${erasedId})
        WHERE "roomId" = ${room} AND "scene" LIKE ${mention}`
    }
    await replaceInArchive(client, asRoomId(room), person, erasedId)
  }
}

/** Lets go of a person; `removeName` takes their name out of what is stored of a room that was in memory. */
export type ErasureListener = (person: PersonId, removeName: (room: RoomId) => Promise<void>) => Promise<void>

/** Of a running program: notices people whom another program erases. */
export interface ErasureWatch {
  onErased(listener: ErasureListener): void
  /** Tells of those erased since the last look; what listeners then write in their name is made nameless again. */
  look(): Promise<void>
}

/** Those of some minutes before the first look count too: a program may have begun in the middle. */
const overlapMs = 10 * 60 * 1000

export function createErasureWatch(tools: ErasureTools): ErasureWatch {
  const listeners: ErasureListener[] = []
  const notified = new Set<string>()
  let since = new Date(tools.now().getTime() - overlapMs)
  return {
    onErased: listener => void listeners.push(listener),
    async look() {
      const rows = await tools.client.erasure.findMany({ where: { requestedAt: { gte: since } } })
      for (const { id, personId } of rows) {
        if (notified.has(id)) continue
        notified.add(id)
        const person = asPersonId(personId)
        for (const listener of listeners) await listener(person, room => removeName(tools, person, [room]))
        await removeName(tools, person, await roomsNaming(tools.client, person))
      }
      since = new Date(tools.now().getTime() - overlapMs)
    },
  }
}
