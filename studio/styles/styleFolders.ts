import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { asStyleId, type LearningId, type StyleId, type StylePictureId } from '../shared/ids.ts'
import { newSecret, type Random } from '../shared/secrets.ts'

/** Files of styles, each style's in a folder of its own, so that deleting a style leaves nothing behind. */
export interface StyleFolders {
  /** Whole or not at all. */
  write(style: StyleId, path: StylePath, bytes: Uint8Array): Promise<void>
  read(style: StyleId, path: StylePath): Promise<Uint8Array | null>
  remove(style: StyleId, path?: StylePath): Promise<void>
  /** Runs what makes a new style: until that is done its folder is let be, though no row names it yet. */
  whileCreating<T>(style: StyleId, make: () => Promise<T>): Promise<T>
  /**
   * Deletes at once what deleted styles have left, and what a killed program has: half-written files, and files that no
   * row names, once they are an hour old.
   */
  sweep(known: (style: StyleId) => Promise<KnownFiles | null>): Promise<void>
}

/** What the rows of a style name of its files; by the names in their folders. */
export interface KnownFiles {
  readonly pictures: ReadonlySet<string>
  readonly versions: ReadonlySet<string>
  readonly learnings: ReadonlySet<string>
}

/** Ids and numbers come out of rows, never out of an address. */
export type StylePath = string & { readonly path: unique symbol }
const path = (text: string) => text as StylePath
/** Where each file lies in its style's folder. */
export const stylePaths = {
  picture: (picture: StylePictureId) => path(`pictures/${picture}`),
  /** Until 0.2 every picture was a PNG and named so. */
  oldPicture: (picture: StylePictureId) => path(`pictures/${picture}.png`),
  version: (version: number) => path(`versions/${version}`),
  example: (version: number, when: 'before' | 'after', index: number) =>
    path(`versions/${version}/${when}-${index}.png`),
  checkpoint: (learning: LearningId) => path(`learnings/${learning}`),
} as const

/** A picture that a style learns from; null if it is not there. */
export async function readStylePicture(
  folders: Pick<StyleFolders, 'read'>,
  style: StyleId,
  picture: StylePictureId,
): Promise<Uint8Array | null> {
  return (
    (await folders.read(style, stylePaths.picture(picture))) ??
    (await folders.read(style, stylePaths.oldPicture(picture)))
  )
}

const hourMs = 60 * 60 * 1000
/** Beside a folder whose style is being made. */
const incompleteMark = '.making'

/** Folders of styles below this one. */
export async function createStyleFolders(folder: string, random: Random): Promise<StyleFolders> {
  await mkdir(folder, { recursive: true })
  return {
    async write(style, path, bytes) {
      const name = join(folder, style, path)
      await mkdir(dirname(name), { recursive: true })
      const temporary = `${name}.${newSecret(random)}`
      try {
        const file = await open(temporary, 'wx')
        try {
          await file.writeFile(bytes)
          await file.sync()
        } finally {
          await file.close()
        }
        await rename(temporary, name)
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
    },

    async read(style, path) {
      return readFile(join(folder, style, path)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null
        throw error
      })
    },

    async remove(style, path) {
      await rm(path === undefined ? join(folder, style) : join(folder, style, path), { recursive: true, force: true })
    },

    async whileCreating(style, make) {
      const mark = join(folder, `${style}${incompleteMark}`)
      await writeFile(mark, '')
      try {
        return await make()
      } finally {
        await rm(mark, { force: true })
      }
    },

    async sweep(known) {
      const names = await readdir(folder)
      for (const name of names) {
        const place = join(folder, name)
        if (name.endsWith(incompleteMark)) {
          if (await isOld(place)) await rm(place, { force: true })
          continue
        }
        const isIncomplete =
          names.includes(`${name}${incompleteMark}`) && !(await isOld(join(folder, `${name}${incompleteMark}`)))
        const files = await known(asStyleId(name))
        if (files) await sweepStyle(place, files)
        else if (!isIncomplete) await rm(place, { recursive: true, force: true })
      }
    },
  }
}

/** What stands in the three folders of a style under a name that no row knows, or was never finished. */
async function sweepStyle(place: string, known: KnownFiles): Promise<void> {
  for (const kind of ['pictures', 'versions', 'learnings'] as const) {
    for (const name of await readdir(join(place, kind)).catch(() => [])) {
      if (known[kind].has(name.replace(/\.png$/, ''))) continue
      if (await isOld(join(place, kind, name))) await rm(join(place, kind, name), { recursive: true, force: true })
    }
  }
}

async function isOld(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
  return Date.now() - mtimeMs > hourMs
}
