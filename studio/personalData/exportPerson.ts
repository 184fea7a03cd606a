import { existsSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { makeFolder } from '../../prisma/makeFolder.ts'
import { UserError } from '../../protocol/errors.ts'
import type { Files } from '../images/fileStore.ts'
import { imageTypeOf } from '../images/imageCodec.ts'
import { readPart } from '../rooms/operationArchive.ts'
import { asFileHash, asStyleId, asStylePictureId, type PersonId, type StyleId } from '../shared/ids.ts'
import { objectIn, parseJson, unwrapText } from '../shared/rowJson.ts'
import { readStylePicture, type StyleFolders, stylePaths } from '../styles/styleFolders.ts'

/** How much was exported. */
export interface ExportCounts {
  readonly pictures: number
  readonly styles: number
  readonly rooms: number
}

/** What exporting needs. */
export interface ExportTools {
  readonly client: PrismaClient
  readonly files: Pick<Files, 'read'>
  readonly folders: Pick<StyleFolders, 'read' | 'list'>
}

/**
 * Writes everything about a person into a new folder: `index.json`, which says what each file is, and pictures, images,
 * styles and what they have drawn beside it. Secrets are left out: whoever has the folder cannot act as the person.
 */
export async function exportPerson(tools: ExportTools, person: PersonId, folder: string): Promise<ExportCounts> {
  if (existsSync(folder) && (await readdir(folder)).length > 0) {
    throw new UserError('export/exists', `${folder} is not empty: name a folder that is not there yet.`)
  }
  makeFolder(folder)
  const [about, jobs, images, styles, rooms] = [
    await readAbout(tools, person),
    await exportJobs(tools, person, folder),
    await exportImages(tools, person, folder),
    await exportStyles(tools, person, folder),
    await exportRooms(tools, person, folder),
  ]
  await writeJson(folder, 'index.json', {
    format: 'fourstroke-person',
    version: 1,
    ...about,
    jobs,
    images,
    styles,
    rooms,
  })
  const pictures = jobs.reduce((sum, job) => sum + job.pictures.length, 0)
  return { pictures, styles: styles.length, rooms: rooms.length }
}

async function readAbout({ client }: ExportTools, person: PersonId) {
  const { sessions, guilds, formerGuests, reports, favorites, ...row } = await client.person.findUniqueOrThrow({
    where: { id: person },
    include: {
      sessions: { select: { createdAt: true } },
      guilds: true,
      formerGuests: { select: { id: true } },
      reports: true,
      favorites: { select: { pictureId: true, addedAt: true }, orderBy: { addedAt: 'asc' } },
    },
  })
  return {
    person: row,
    sessions,
    discordServers: guilds.map(({ guildId, seenAt }) => ({ guildId, seenAt })),
    favorites,
    formerGuests: formerGuests.map(({ id }) => id),
    reports: reports.map(({ reporterId: _reporter, ...report }) => report),
    // Those that they caused, and what operators have decided about them.
    auditEntries: await client.auditEntry.findMany({
      where: { OR: [{ actorId: person }, { kind: 'person', subject: person }] },
      omit: { actorId: true },
      orderBy: { at: 'asc' },
    }),
    stops: await client.stop.findMany({ where: { kind: 'person', subject: person } }),
  }
}

async function exportJobs({ client, files }: ExportTools, person: PersonId, folder: string) {
  const jobs = await client.job.findMany({
    where: { ownerId: person },
    include: {
      pictures: { orderBy: { index: 'asc' } },
      reply: { select: { channelId: true, guildId: true, messageId: true, locale: true } },
    },
    orderBy: { requestedAt: 'asc' },
  })
  const copy = async (hash: string | null, path: string) => {
    const bytes = hash === null ? null : await files.read(asFileHash(hash))
    return bytes && writeImage(folder, path, bytes)
  }
  const exported = []
  for (const { pictures, ownerId: _owner, ...job } of jobs) {
    const shown = []
    for (const { id, state, recipe, output, failure, file, image, startedAt, finishedAt } of pictures) {
      const picture = await copy(file, `pictures/${id}`)
      const over = await copy(image, `images/${image}`)
      shown.push({ id, state, file: picture, paintedOver: over, recipe, output, failure, startedAt, finishedAt })
    }
    exported.push({ ...job, pictures: shown })
  }
  return exported
}

/** What they brought: images in rooms, what was painted over, and masks. */
async function exportImages({ client, files }: ExportTools, person: PersonId, folder: string) {
  const stored = await client.storedFile.findMany({ where: { ownerId: person }, orderBy: { storedAt: 'asc' } })
  const made = await client.picture.findMany({ where: { job: { ownerId: person } }, select: { file: true } })
  // Finished pictures are there already, by their ids.
  const own = new Set(made.map(({ file }) => file))
  const exported = []
  for (const { hash, bytes, storedAt } of stored.filter(({ hash }) => !own.has(hash))) {
    const image = await files.read(asFileHash(hash))
    if (image) exported.push({ bytes, storedAt, file: await writeImage(folder, `images/${hash}`, image) })
  }
  return exported
}

async function exportStyles({ client, folders }: ExportTools, person: PersonId, folder: string) {
  const styles = await client.style.findMany({
    where: { ownerId: person },
    include: { pictures: true, versions: { orderBy: { number: 'asc' } }, learnings: { omit: { workerId: true } } },
    orderBy: { createdAt: 'asc' },
  })
  const exported = []
  for (const { versions, ownerId: _owner, ...style } of styles) {
    const path = `styles/${style.id}`
    await exportExamples({ folders }, asStyleId(style.id), join(folder, path))
    const shown = []
    for (const { vector, ...version } of versions) {
      const file = `${path}/versions/${version.number}.nf4`
      await mkdir(dirname(join(folder, file)), { recursive: true })
      await writeFile(join(folder, file), vector)
      shown.push({ ...version, file })
    }
    const pictures = []
    for (const picture of style.pictures) {
      const bytes = await readStylePicture(folders, asStyleId(style.id), asStylePictureId(picture.id))
      pictures.push({ ...picture, file: bytes && (await writeImage(folder, `${path}/pictures/${picture.id}`, bytes)) })
    }
    exported.push({ ...style, pictures, versions: shown })
  }
  return exported
}

/** Example pictures of all versions. */
async function exportExamples({ folders }: Pick<ExportTools, 'folders'>, style: StyleId, to: string): Promise<void> {
  for (const path of await folders.list(style, stylePaths.versions)) {
    const bytes = await folders.read(style, path)
    if (bytes === null) continue
    await mkdir(dirname(join(to, path)), { recursive: true })
    await writeFile(join(to, path), bytes)
  }
}

async function exportRooms({ client }: ExportTools, person: PersonId, folder: string) {
  const members = await client.member.findMany({
    where: { personId: person },
    include: { room: { select: { id: true, name: true, createdAt: true } } },
    orderBy: { joinedAt: 'asc' },
  })
  const exported = []
  for (const { room, role, joinedAt } of members) {
    const file = `rooms/${room.id}.json`
    await writeJson(folder, file, await drawnBy({ client }, room.id, person))
    exported.push({ ...room, role, joinedAt, file })
  }
  return exported
}

/** What somebody has drawn in a room: elements of the newest snapshot that can be read, and operations since. */
async function drawnBy({ client }: Pick<ExportTools, 'client'>, roomId: string, person: PersonId) {
  const snapshots = await client.snapshot.findMany({ where: { roomId }, orderBy: { clock: 'desc' } })
  const snapshot = snapshots.find(({ scene }) => elementsIn(scene) !== null)
  const operations = await client.operation.findMany({
    where: { roomId, authorId: person, clock: { gt: snapshot?.clock ?? 0 } },
    orderBy: { clock: 'asc' },
    select: { clock: true, operation: true, storedAt: true },
  })
  const elements = elementsIn(snapshot?.scene) ?? []
  const archived = await archivedOf({ client }, roomId, person)
  return { elements: elements.filter(element => objectIn(element)['author'] === person), archived, operations }
}

/** What somebody has done in a room before its log begins, as far as the archive goes back. */
async function archivedOf({ client }: Pick<ExportTools, 'client'>, roomId: string, person: PersonId) {
  const parts = await client.archivedOperations.findMany({
    where: { roomId, people: { contains: person } },
    orderBy: { after: 'asc' },
    select: { after: true },
  })
  const found = []
  for (const { after } of parts) {
    const part = await client.archivedOperations.findUnique({ where: { roomId_after: { roomId, after } } })
    const { people, operations } = part ? await readPart(part.operations) : { people: [], operations: [] }
    for (const [clock, at, author, operation] of operations) {
      if (people[author] === person) found.push({ clock, operation, storedAt: new Date(at) })
    }
  }
  return found
}

/** The server writes a snapshot as text; all that counts here is that it has elements. `null`: it cannot be read. */
function elementsIn(scene: unknown): unknown[] | null {
  const written = unwrapText(scene)
  const { elements } = objectIn(typeof written === 'string' ? parseJson(written) : written)
  return Array.isArray(elements) ? elements : null
}

/** Writes an image with the ending of its type. Returns its path in the folder. */
async function writeImage(folder: string, path: string, bytes: Uint8Array): Promise<string> {
  const ending = imageTypeOf(bytes)?.replace('image/', '.') ?? ''
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, `${path}${ending}`), bytes)
  return `${path}${ending}`
}

async function writeJson(folder: string, path: string, content: object): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true })
  await writeFile(join(folder, path), `${JSON.stringify(content, null, 2)}\n`)
}
