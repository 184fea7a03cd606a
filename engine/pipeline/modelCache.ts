/**
 * What is made from model files once and kept on disk: graphs repacked for a device, each in a folder named by what it is
 * made from, and hashes of files that have not changed since. Several programs may use one cache at a time.
 */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, statfs, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { UserError } from '../../protocol/errors.ts'

export interface ModelCache {
  /** SHA-256 over the bytes of all `files`; of files that are as they were (size, time, inode), what it was. */
  hashOf(files: readonly string[]): Promise<string>
  /**
   * The folder of what `make` made from `files` in the way that `kind` says: at most `bytes`, once, until a file changes
   * or the cache needs the room. Throws `UserError` where the disk has no room for it.
   */
  folderOf(source: CacheSource, make: (folder: string) => Promise<void>): Promise<string>
}

export interface CacheSource {
  readonly files: readonly string[]
  readonly kind: string
  readonly bytes: number
}

export interface CacheLimits {
  /** Of all folders together; those that were not used for longest go first. */
  readonly maxBytes: number
  readonly maxUnusedDays: number
}

const defaultLimits: CacheLimits = { maxBytes: 24e9, maxUnusedDays: 60 }
/** Counts up when the same files are repacked otherwise. */
const version = 1
const maxHashes = 100
const partial = '.partial'
/** Nobody writes to it any more. */
const abandonedMs = 15 * 60_000
/** What is left to everybody else on the disk. */
const reservedBytes = 1e9
const dayMs = 86_400_000

/** Where no folder is given. */
export const sharedCacheFolder = join(tmpdir(), 'fourstroke-models')

export function openModelCache(folder: string = sharedCacheFolder, limits: CacheLimits = defaultLimits): ModelCache {
  const hashOf = (files: readonly string[]) => knownHash(folder, files)
  return {
    hashOf,
    async folderOf({ files, kind, bytes }, make) {
      const key = createHash('sha256')
        .update(`${version} ${kind} ${await hashOf(files)}`)
        .digest('hex')
        .slice(0, 32)
      const place = join(folder, key)
      if (!existsSync(place)) await fill(place, bytes, make, limits)
      const now = new Date()
      await utimes(place, now, now)
      return place
    },
  }
}

/** Others see a folder when it is whole, and not before. */
async function fill(
  place: string,
  bytes: number,
  make: (folder: string) => Promise<void>,
  limits: CacheLimits,
): Promise<void> {
  const folder = join(place, '..')
  await mkdir(folder, { recursive: true })
  await sweep(folder, { ...limits, maxBytes: limits.maxBytes - bytes })
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < bytes + reservedBytes) {
    const gigabytes = (count: number) => `${(count / 1e9).toFixed(1)} GB`
    throw new UserError(
      'model/broken',
      `Expected ${gigabytes(bytes + reservedBytes)} of free disk in ${folder}, where this model's weights are kept as ` +
        `this device computes them; found ${gigabytes(bavail * bsize)}. Free some, or move the data folder.`,
    )
  }
  const temporary = `${place}.${process.pid}${partial}`
  await rm(temporary, { recursive: true, force: true })
  await mkdir(temporary)
  try {
    await make(temporary)
    await rename(temporary, place).catch(error => {
      if (!existsSync(place)) throw error // or else another program was quicker
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** Deletes what was abandoned, what nobody used for long, and what is too much. What is mapped elsewhere stays readable. */
async function sweep(folder: string, { maxBytes, maxUnusedDays }: CacheLimits): Promise<void> {
  const names = (await readdir(folder, { withFileTypes: true })).filter(entry => entry.isDirectory())
  const entries = await Promise.all(names.map(({ name }) => measured(join(folder, name))))
  let sum = 0
  for (const entry of entries.sort((a, b) => b.usedAt - a.usedAt)) {
    const ageMs = Date.now() - entry.usedAt
    sum += entry.bytes
    const isPartial = entry.path.endsWith(partial)
    const isOver = isPartial ? ageMs > abandonedMs : sum > maxBytes || ageMs > maxUnusedDays * dayMs
    if (isOver) await rm(entry.path, { recursive: true, force: true })
  }
}

async function measured(path: string): Promise<{ path: string; bytes: number; usedAt: number }> {
  const files = await readdir(path).catch(() => [])
  const stats = await Promise.all(
    [path, ...files.map(file => join(path, file))].map(each => stat(each).catch(() => null)),
  )
  return {
    path,
    bytes: stats.slice(1).reduce((sum, each) => sum + (each?.size ?? 0), 0),
    usedAt: path.endsWith(partial) ? Math.max(...stats.map(each => each?.mtimeMs ?? 0)) : (stats[0]?.mtimeMs ?? 0),
  }
}

type Hashes = Record<string, string>

async function knownHash(folder: string, files: readonly string[]): Promise<string> {
  const identity = await identityOf(files)
  const list = join(folder, 'hashes.json')
  const known = (await readHashes(list))[identity]
  if (known !== undefined) return known
  const hash = createHash('sha256')
  for (const file of files) {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  }
  const found = hash.digest('hex')
  if ((await identityOf(files)) === identity) await remember(folder, list, identity, found)
  return found
}

/** Changes whenever one of the files is written or replaced. */
async function identityOf(files: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    files.map(async file => {
      const { size, mtimeNs, ino, dev } = await stat(file, { bigint: true })
      return [resolve(file), size, mtimeNs, ino, dev].join(' ')
    }),
  )
  return parts.join('\n')
}

async function readHashes(list: string): Promise<Hashes> {
  try {
    // Whatever else it holds has no such key.
    return JSON.parse(await readFile(list, 'utf8')) as Hashes
  } catch {
    return {} // none yet, or damaged: they are computed again
  }
}

/** A hash that cannot be kept is computed again next time; it is no reason not to start. */
async function remember(folder: string, list: string, identity: string, hash: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    const others = Object.entries(await readHashes(list)).filter(([key]) => key !== identity)
    const newest = Object.fromEntries([...others, [identity, hash]].slice(-maxHashes))
    const temporary = `${list}.${process.pid}`
    await writeFile(temporary, JSON.stringify(newest, null, 2))
    await rename(temporary, list)
  } catch {
    // It is only time that was lost.
  }
}
