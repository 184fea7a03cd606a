import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { newSecret, type Random } from '../shared/secrets.ts'
import { checkKey, type ObjectStore, type StoredObject } from './objectStore.ts'

/** Objects as files below a folder, each at the path that is its key. */
export function createFolderStore(options: { readonly folder: string; readonly random: Random }): ObjectStore {
  const { folder, random } = options

  function pathOf(key: string): string {
    checkKey(key)
    return join(folder, key)
  }

  const store: ObjectStore = {
    where: folder,
    isShared: false,

    async write(key, bytes, { isContentKey = false } = {}) {
      const path = pathOf(key)
      if (isContentKey && (await makeYoung(path))) return
      const place = dirname(path)
      const made = await mkdir(place, { recursive: true })
      const temporary = `${path}.${newSecret(random)}`
      try {
        await writeSynced(temporary, bytes)
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
      // A rename is durable once its folder is, and a folder once the one above it is.
      await syncFolder(place)
      if (made !== undefined) await syncFolder(dirname(made))
    },

    async read(key) {
      return readFile(pathOf(key)).catch(ignoreMissing)
    },

    async find(key) {
      const found = await stat(pathOf(key)).catch(ignoreMissing)
      return found && { key, bytes: found.size, writtenAt: found.mtime }
    },

    async *list(below) {
      for await (const { path, size, mtime } of filesBelow(folder, keyOfFolder(below))) {
        if (!isUnfinished(path)) yield { key: path, bytes: size, writtenAt: mtime } satisfies StoredObject
      }
    },

    async remove(key) {
      await rm(pathOf(key), { force: true })
    },

    async removeAll(below) {
      await rm(join(folder, keyOfFolder(below)), { recursive: true, force: true })
    },

    async removeUnfinished(before) {
      for (const name of objectFolders) {
        for await (const { path, mtime } of filesBelow(folder, name)) {
          if (isUnfinished(path) && mtime < before) await rm(join(folder, path), { force: true })
        }
      }
    },

    async check() {
      const key = `files/00/trial-${newSecret(random)}`
      await store.write(key, new Uint8Array(1))
      await store.remove(key)
    },

    close: () => undefined,
  }
  return store
}

/** Folders of the data folder that hold objects. */
export const objectFolders = ['files', 'styles'] as const

/** Files that are still being written: their names end in a secret until they are renamed. */
export const isUnfinished = (path: string): boolean => /\.[\w-]{22}$/.test(path)

function keyOfFolder(folder: string): string {
  const key = folder.replace(/\/$/, '')
  checkKey(key)
  return key
}

/** Where uploads and marks lie, which are this program's alone. */
const ownFolder = 'files/incoming'

async function* filesBelow(root: string, below: string): AsyncGenerator<{ path: string; size: number; mtime: Date }> {
  const entries = await readdir(join(root, below), { withFileTypes: true }).catch(ignoreMissing)
  for (const entry of entries ?? []) {
    const path = `${below}/${entry.name}`
    if (path === ownFolder) continue
    if (entry.isDirectory()) yield* filesBelow(root, path)
    if (!entry.isFile()) continue
    const found = await stat(join(root, path)).catch(ignoreMissing)
    if (found) yield { path, size: found.size, mtime: found.mtime }
  }
}

/** Whether there was a file. */
async function makeYoung(path: string): Promise<boolean> {
  const now = new Date()
  return utimes(path, now, now)
    .then(() => true, ignoreMissing)
    .then(Boolean)
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** null: it is not there, or not any more. */
function ignoreMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
  throw error
}
