import { createHash } from 'node:crypto'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as immediately } from 'node:timers/promises'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { Taken } from '../budgets/budgets.ts'
import { type ObjectStore, StorageAwayError, type StoredObject } from '../objects/index.ts'
import { accountOf } from '../people/formerGuests.ts'
import { asFileHash, asPersonId, type FileHash, type PersonId } from '../shared/ids.ts'
import { type ImageSource, readImage } from './imageCodec.ts'

/** Images by the hash of their content: people's own, and finished pictures. */
export interface Files {
  /**
   * Decodes, checks (type, bytes, pixels, one frame), strips metadata, re-encodes and stores an image that a person
   * brought, for as long as there is room for it. A drawing from the canvas belongs to painting, which goes on when
   * nothing more can be brought in.
   */
  take(by: PersonId, image: ImageSource, from?: 'outside' | 'canvas'): Promise<StoredImage>
  /**
   * Bytes of a stored file, or null. Whoever shows them to somebody asks `studio.pictures.mayRead` first.
   * @throws UserError while the storage does not answer
   */
  read(hash: FileHash): Promise<Uint8Array | null>
  has(hash: FileHash): Promise<boolean>
}

/** An image that a person brought, as it is stored. */
export interface StoredImage {
  readonly file: FileHash
  readonly width: number
  readonly height: number
}

/** What the studio itself does with files. */
export interface FileStore extends Files {
  /** Stores bytes of this person's under their hash, and keeps them until `record` has written the row that names them. */
  put<T>(by: PersonId, bytes: Uint8Array, record: (file: FileHash) => Promise<T>): Promise<T>
  /** Deletes those that no picture and no room names any more. */
  collect(hashes: Iterable<string>): Promise<void>
  /**
   * Deletes what a program left that died between a file and its row, once it is half a minute old, and images that were
   * brought and never used, once they are a day old. Counts what was stored before sizes were written down.
   */
  sweep(): Promise<void>
}

/** Images by content hash, as objects `files/ab/abcdef…`. */
export async function createFiles(options: {
  objects: ObjectStore
  /** On this machine, for marks of what this program is writing and for uploads (storage/incoming.ts). */
  incoming: string
  client: PrismaClient
  now: () => Date
  /** Refuses to let this person bring so many bytes; otherwise they are counted, until they are in the database. */
  admit?: (by: PersonId, bytes: number) => Promise<Taken>
}): Promise<FileStore> {
  const { objects, incoming, client, now, admit } = options
  await mkdir(incoming, { recursive: true })
  /** Files that are being put and that no row names yet, with how many hold them. */
  const held = new Map<string, number>()

  const has = async (hash: string) => isHash(hash) && (await objects.find(keyOf(hash))) !== null
  const mark = (hash: string) => writeFile(join(incoming, hash), '')

  /** Whose it is, and how large; somebody who is no more has nothing. */
  async function count(hash: string, by: PersonId, bytes: number): Promise<void> {
    const ownerId = await accountOf(client, by)
    if ((await client.person.count({ where: { id: ownerId } })) === 0) return
    await client.storedFile.upsert({
      where: { hash_ownerId: { hash, ownerId } },
      create: { hash, ownerId, bytes, storedAt: now() },
      // With something to update, PostgreSQL makes or finds the row in one act.
      update: { bytes },
    })
  }

  /** Files of pictures from before sizes were written down. */
  async function countOld(sizes: ReadonlyMap<string, number>): Promise<void> {
    const known = await client.storedFile.findMany({
      where: { hash: { in: [...sizes.keys()] } },
      select: { hash: true },
    })
    const counted = new Set(known.map(({ hash }) => hash))
    for (const [hash, bytes] of sizes) {
      if (counted.has(hash)) continue
      const picture = await client.picture.findFirst({
        where: { OR: [{ file: hash }, { image: hash }] },
        select: { job: { select: { ownerId: true } } },
      })
      if (picture?.job) await count(hash, asPersonId(picture.job.ownerId), bytes)
    }
  }

  /** What a program was writing when it died, and the files whose rows it did not come to write. */
  async function sweepIncoming(): Promise<void> {
    const uploads = new Set(await olderThan(incoming, hourMs))
    for (const name of await olderThan(incoming, writingMs)) {
      if (held.has(name) || (name.startsWith('upload-') && !uploads.has(name))) continue
      await rm(join(incoming, name), { force: true })
      if (isHash(name)) await store.collect([name])
    }
  }

  /** Another program may have written it just now, and not its row yet. */
  async function isYoungElsewhere(hash: string): Promise<boolean> {
    if (!objects.isShared) return false
    const found = await objects.find(keyOf(hash))
    return found !== null && isYounger(found, writingMs + maxClockDifferenceMs)
  }

  /** One of the 256 folders that files lie in. */
  async function sweepDrawer(drawer: string): Promise<void> {
    const sizes = new Map<string, number>()
    for await (const object of objects.list(`files/${drawer}/`)) {
      const name = object.key.slice(`files/${drawer}/`.length)
      if (isHash(name)) sizes.set(name, object.bytes)
      if (isYounger(object, dayMs)) continue
      if (isHash(name)) await store.collect([name])
      else await objects.remove(object.key)
    }
    await countOld(sizes)
    // Without its file a row counts nothing.
    const where = { hash: { startsWith: drawer } }
    for (const { hash } of await client.storedFile.findMany({ where, select: { hash: true }, distinct: ['hash'] })) {
      if (sizes.has(hash) || held.has(hash) || (await has(hash))) continue
      await client.storedFile.deleteMany({ where: { hash } })
    }
  }

  const store: FileStore = {
    async put(by, bytes, record) {
      const hash = asFileHash(createHash('sha256').update(bytes).digest('hex'))
      const write = () => objects.write(keyOf(hash), bytes, { isContentKey: true })
      held.set(hash, (held.get(hash) ?? 0) + 1)
      try {
        // Whoever is killed before the row is written leaves this mark, and `sweep` looks whether the file is named.
        await mark(hash)
        // One that is there is young again, so that `sweep` lets it be.
        await write()
        await count(hash, by, bytes.length)
        const recorded = await record(hash)
        // Another program may have found that nothing names it, just before the row was there.
        if (objects.isShared && !(await has(hash))) await write()
        if (held.get(hash) === 1) await rm(join(incoming, hash), { force: true })
        return recorded
      } finally {
        const holders = held.get(hash)! - 1
        if (holders > 0) held.set(hash, holders)
        else held.delete(hash)
      }
    },

    async collect(hashes) {
      for (const hash of hashes) {
        if (!isHash(hash)) continue
        // SQLite answers at once: others get their turn between two files.
        await immediately()
        if (held.has(hash) || (await isUsed(client, hash)) || held.has(hash)) continue
        if (await isYoungElsewhere(hash)) {
          await mark(hash)
          continue
        }
        await objects.remove(keyOf(hash))
        await client.storedFile.deleteMany({ where: { hash } })
      }
    },

    async take(by, image, from = 'outside') {
      const { bytes, width, height } = await readImage(image)
      const counted = from === 'canvas' ? null : await admit?.(by, bytes.length)
      try {
        return await inWords(store.put(by, bytes, async file => ({ file, width, height })))
      } finally {
        await counted?.release()
      }
    },

    // A hash may come from a web address: only one that is whole becomes a key.
    read: async hash => (isHash(hash) ? inWords(objects.read(keyOf(hash))) : null),
    has,

    async sweep() {
      await sweepIncoming()
      await objects.removeUnfinished(new Date(Date.now() - hourMs))
      for (let drawer = 0; drawer < 256; drawer++) await sweepDrawer(drawer.toString(16).padStart(2, '0'))
    },
  }
  return store
}

const keyOf = (hash: string) => `files/${hash.slice(0, 2)}/${hash}`

/** A storage that does not answer is nothing that a person did wrong, and may answer soon. */
function inWords<T>(work: Promise<T>): Promise<T> {
  return work.catch((cause: unknown) => {
    throw cause instanceof StorageAwayError ? new UserError('storage/away', undefined, { cause }) : cause
  })
}

const isYounger = ({ writtenAt }: StoredObject, ms: number) => Date.now() - writtenAt.getTime() <= ms

/** Whether a picture, the recipe of one or a room names it. */
async function isUsed(client: PrismaClient, hash: string): Promise<boolean> {
  if ((await client.picture.count({ where: { OR: [{ file: hash }, { image: hash }] } })) > 0) return true
  if ((await client.pictureMask.count({ where: { hash } })) > 0) return true
  // A room in which it has been may show it. We do not look inside JSON; the hash itself is unmistakable. What a room
  // shows is in its newest snapshot, mostly.
  const mention = `%${hash}%`
  const mentions = await client.$queryRaw<unknown[]>`
    SELECT 1 AS "found" FROM "RoomFile" f JOIN "Snapshot" s ON s."roomId" = f."roomId"
    WHERE f."hash" = ${hash} AND CAST(s."scene" AS TEXT) LIKE ${mention}
    UNION ALL SELECT 1 AS "found" FROM "RoomFile" f JOIN "Operation" o ON o."roomId" = f."roomId"
    WHERE f."hash" = ${hash} AND CAST(o."operation" AS TEXT) LIKE ${mention}
    LIMIT 1`
  return mentions.length > 0
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}

/** A file and its row are written in milliseconds; what is older was left by a program that died. */
const writingMs = 30_000
/** Between this machine and the bucket: S3 refuses requests by clocks that are farther off. */
const maxClockDifferenceMs = 15 * 60_000
const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs

/** Names of the files that have not been written for so long. */
async function olderThan(folder: string, ms: number): Promise<string[]> {
  const names = await readdir(folder)
  const ages = await Promise.all(
    names.map(name =>
      stat(join(folder, name)).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        // Gone meanwhile.
        () => 0,
      ),
    ),
  )
  return names.filter((_, index) => ages[index]! > ms)
}
