import { copyFile, link, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isUnfinished as isUnfinishedObject } from '../objects/index.ts'
import { backedUpFolders } from './manifest.ts'

const prefix = '.backup-'

/** A folder for one backup, on the disk of the data folder, so that files can be linked into it. */
export async function openStaging(dataFolder: string): Promise<{ folder: string; remove: () => Promise<void> }> {
  await removeOldStaging(dataFolder)
  const folder = await mkdtemp(join(dataFolder, prefix))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

const dayMs = 24 * 60 * 60 * 1000

/** A backup that was killed has left its folder behind, and with it pictures that people may have deleted since. */
export async function removeOldStaging(dataFolder: string): Promise<void> {
  for (const name of await readdir(dataFolder)) {
    if (!name.startsWith(prefix)) continue
    const folder = join(dataFolder, name)
    const { mtimeMs } = await stat(folder).catch(() => ({ mtimeMs: Date.now() }))
    if (Date.now() - mtimeMs > dayMs) await rm(folder, { recursive: true, force: true })
  }
}

/** Links every file of the data folder that is not there yet. Files are never written in place, so a link is a copy. */
export async function linkFiles(dataFolder: string, staging: string): Promise<void> {
  for (const name of backedUpFolders) await linkFolder(join(dataFolder, name), join(staging, name))
}

async function linkFolder(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true }).catch(ignoreMissing)
  if (!entries) return
  await mkdir(to, { recursive: true })
  for (const entry of entries) {
    if (isUnfinished(entry.name)) continue
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await linkFolder(source, target)
    else if (entry.isFile()) await linkOrCopy(source, target)
  }
}

/** Files that are still being written: uploads and objects. */
const isUnfinished = (name: string): boolean => name === 'incoming' || isUnfinishedObject(name)

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' || code === 'ENOENT') return
    // Not every file system has links.
    await copyFile(from, to).catch(ignoreMissing)
  }
}

/** Deleted meanwhile. */
function ignoreMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}

/** All files below a folder, as paths from it with slashes, in order. */
export async function filesBelow(folder: string, below = ''): Promise<string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true })
  const found = await Promise.all(
    entries.map(entry => {
      const path = below === '' ? entry.name : `${below}/${entry.name}`
      return entry.isDirectory() ? filesBelow(folder, path) : [path]
    }),
  )
  return found.flat().sort()
}
