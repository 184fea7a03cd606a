import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { extract, pack } from 'tar-stream'
import { isBackupPath, manifestName } from './manifest.ts'

/** One file of an archive, as it was written or read. */
export interface ArchiveEntry {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/** A manifest is read into memory: some hundred bytes for each file. */
const maxManifestBytes = 512 * 2 ** 20

/** Writes files of a folder as a tar, and at its end what `manifestOf` makes of them. Only this user may read it. */
export async function writeArchive(options: {
  readonly folder: string
  readonly paths: readonly string[]
  readonly to: string
  manifestOf(entries: readonly ArchiveEntry[]): object
}): Promise<readonly ArchiveEntry[]> {
  const { folder, paths, to, manifestOf } = options
  const archive = pack()
  const written = pipeline(archive, createWriteStream(to, { flags: 'wx', mode: 0o600 }))
  // Its failure is met at the end, whichever side fails first.
  written.catch(error => archive.destroy(error))
  const entries: ArchiveEntry[] = []
  for (const path of paths) {
    const file = join(folder, path)
    const { size, mtime } = await stat(file)
    const hashing = hashThrough()
    await pipeline(createReadStream(file), hashing.stream, archive.entry({ name: path, size, mtime, mode: 0o600 }))
    entries.push({ path, bytes: size, sha256: hashing.digest() })
  }
  archive.entry({ name: manifestName, mode: 0o600 }, JSON.stringify(manifestOf(entries)))
  archive.finalize()
  await written
  await syncFile(to)
  return entries
}

/** Unpacks an archive below a folder. Returns what it held and its manifest, as text; null where it ends without one. */
export async function readArchive(
  from: string,
  folder: string,
): Promise<{ readonly entries: readonly ArchiveEntry[]; readonly manifest: string | null }> {
  const archive = extract()
  const reading = pipeline(createReadStream(from), archive)
  reading.catch(error => archive.destroy(error))
  const entries: ArchiveEntry[] = []
  let manifest: string | null = null
  for await (const entry of archive) {
    const { name, type, size = 0 } = entry.header
    if (name === manifestName && size <= maxManifestBytes) {
      const chunks: Buffer[] = []
      for await (const chunk of entry) chunks.push(chunk as Buffer)
      manifest = Buffer.concat(chunks).toString()
      continue
    }
    if (type !== 'file' || !isBackupPath(name))
      throw new Error(`It holds ${JSON.stringify(name)}, which no backup has.`)
    const file = join(folder, name)
    await mkdir(dirname(file), { recursive: true })
    entries.push({ path: name, bytes: size, sha256: await writeHashed(file, entry) })
  }
  await reading
  return { entries, manifest }
}

/** Writes a file that is not there yet. Returns the SHA-256 of its bytes, hex. */
async function writeHashed(file: string, chunks: AsyncIterable<unknown>): Promise<string> {
  const hash = createHash('sha256')
  const handle = await open(file, 'wx')
  try {
    for await (const chunk of chunks) {
      hash.update(chunk as Buffer)
      await handle.writeFile(chunk as Buffer)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  return hash.digest('hex')
}

/** Hands bytes on and hashes them. */
function hashThrough(): { readonly stream: Transform; digest(): string } {
  const hash = createHash('sha256')
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
  return { stream, digest: () => hash.digest('hex') }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
