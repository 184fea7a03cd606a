import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { LearningId, StyleId, StylePictureId } from '../shared/ids.ts'
import { newSecret, type Random } from '../shared/secrets.ts'

/** Files of styles, each style's in a folder of its own, so that deleting a style leaves nothing behind. */
export interface StyleFolders {
  /** Whole or not at all. */
  write(style: StyleId, path: StylePath, bytes: Uint8Array): Promise<void>
  read(style: StyleId, path: StylePath): Promise<Uint8Array | null>
  remove(style: StyleId, path?: StylePath): Promise<void>
  /** Deletes the folders of styles that are no more, once they are an hour old. */
  sweep(exists: (style: StyleId) => Promise<boolean>): Promise<void>
}

/** Ids and numbers come out of rows, never out of an address. */
export type StylePath = string & { readonly path: unique symbol }
const path = (text: string) => text as StylePath
/** Where each file lies in its style's folder. */
export const stylePaths = {
  picture: (picture: StylePictureId) => path(`pictures/${picture}.png`),
  version: (version: number) => path(`versions/${version}`),
  example: (version: number, when: 'before' | 'after', index: number) =>
    path(`versions/${version}/${when}-${index}.png`),
  checkpoint: (learning: LearningId) => path(`learnings/${learning}`),
} as const

const hourMs = 60 * 60 * 1000

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

    async sweep(exists) {
      for (const style of await readdir(folder)) {
        if (await exists(style as StyleId)) continue
        const { mtimeMs } = await stat(join(folder, style)).catch(() => ({ mtimeMs: Date.now() }))
        if (Date.now() - mtimeMs > hourMs) await rm(join(folder, style), { recursive: true, force: true })
      }
    },
  }
}
