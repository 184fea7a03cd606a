import { createHash } from 'node:crypto'
import { access, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { FileHash } from '../shared/ids.ts'
import { newSecret, type Random } from '../shared/secrets.ts'
import { readImage } from './imageCodec.ts'

/** Images by the hash of their content: people's own, and finished pictures. */
export interface Files {
  /** Decodes, checks (type, bytes, pixels, one frame), strips metadata, re-encodes and stores an image that a person brought. */
  take(bytes: Uint8Array): Promise<StoredImage>
  /** Bytes of a stored file, or null. */
  read(hash: FileHash): Promise<Uint8Array | null>
  /** Absolute path, for streaming; the file may be absent. */
  path(hash: FileHash): string
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
  /** Stores bytes under their hash and keeps them until `record` has written the row that names them. */
  put<T>(bytes: Uint8Array, record: (file: FileHash) => Promise<T>): Promise<T>
  /** Deletes those that no picture and no room names any more. */
  collect(hashes: Iterable<string>): Promise<void>
  /**
   * Deletes what a program left that died between a file and its row, and images that were brought and never used: all
   * that is older than a day and that nothing names.
   */
  sweep(): Promise<void>
}

/** Images by content hash: `<folder>/ab/abcdef…`. A name is there whole or not at all. */
export async function createFiles(options: {
  folder: string
  client: PrismaClient
  random: Random
}): Promise<FileStore> {
  const { folder, client, random } = options
  const incoming = join(folder, 'incoming')
  await mkdir(incoming, { recursive: true })
  /** Files that are being put and that no row names yet, with how many hold them. */
  const held = new Map<string, number>()

  const path = (hash: string) => join(folder, hash.slice(0, 2), hash)
  const has = (hash: string) =>
    isHash(hash)
      ? access(path(hash)).then(
          () => true,
          () => false,
        )
      : Promise.resolve(false)

  async function write(bytes: Uint8Array, hash: string): Promise<void> {
    // One that is there is young again, so that `sweep` lets it be.
    if (await has(hash)) return utimes(path(hash), new Date(), new Date())
    const temporary = join(incoming, newSecret(random))
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    const drawer = join(folder, hash.slice(0, 2))
    if (await mkdir(drawer, { recursive: true })) await syncFolder(folder)
    await rename(temporary, path(hash))
    await syncFolder(drawer)
  }

  async function isUsed(hash: string): Promise<boolean> {
    const picture = await client.picture.findFirst({
      where: { OR: [{ file: hash }, { image: hash }] },
      select: { id: true },
    })
    if (picture) return true
    // A recipe may need it as a mask, or a room show it. We do not look inside JSON; the hash itself is unmistakable.
    const mention = `%${hash}%`
    const mentions = await client.$queryRaw<unknown[]>`
      SELECT 1 AS "found" FROM "Picture" WHERE CAST("recipe" AS TEXT) LIKE ${mention}
      UNION ALL SELECT 1 AS "found" FROM "Operation" WHERE CAST("operation" AS TEXT) LIKE ${mention}
      UNION ALL SELECT 1 AS "found" FROM "Snapshot" WHERE CAST("scene" AS TEXT) LIKE ${mention}
      LIMIT 1`
    return mentions.length > 0
  }

  const store: FileStore = {
    async put(bytes, record) {
      const hash = createHash('sha256').update(bytes).digest('hex') as FileHash // what FileHash means
      held.set(hash, (held.get(hash) ?? 0) + 1)
      try {
        await write(bytes, hash)
        return await record(hash)
      } finally {
        const holders = held.get(hash)! - 1
        if (holders > 0) held.set(hash, holders)
        else held.delete(hash)
      }
    },

    async collect(hashes) {
      for (const hash of hashes) {
        if (held.has(hash) || (await isUsed(hash)) || held.has(hash)) continue
        await rm(path(hash), { force: true })
      }
    },

    async take(bytes) {
      const { png, width, height } = await readImage(bytes)
      return store.put(png, async file => ({ file, width, height }))
    },

    async read(hash) {
      if (!isHash(hash)) return null
      return readFile(path(hash)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null
        throw error
      })
    },

    path(hash) {
      // A hash may come from a web address: only one that is whole becomes a path.
      if (!isHash(hash)) throw new UserError('picture/missing')
      return path(hash)
    },

    has,

    async sweep() {
      for (const drawer of await readdir(folder)) {
        const old = await olderThan(join(folder, drawer), drawer === 'incoming' ? hourMs : dayMs)
        if (drawer === 'incoming') for (const name of old) await rm(join(incoming, name), { force: true })
        else await store.collect(old)
      }
    },
  }
  return store
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}

/** A rename is durable once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

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
