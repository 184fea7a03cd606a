import type { ObjectStore, StoredObject } from '../objects/index.ts'
import { asStyleId, type LearningId, type StyleId, type StylePictureId } from '../shared/ids.ts'

/** Files of styles, each style's in a folder of its own, so that deleting a style leaves nothing behind. */
export interface StyleFolders {
  /** Whole or not at all. */
  write(style: StyleId, path: StylePath, bytes: Uint8Array): Promise<void>
  read(style: StyleId, path: StylePath): Promise<Uint8Array | null>
  /** Paths of the files below one, such as those of all versions. */
  list(style: StyleId, below: StylePath): Promise<StylePath[]>
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
  versions: path('versions'),
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
/** Beside the files of a style that is being made. */
const incompleteMark = '.making'

/** The files of styles as objects `styles/<style>/<path>`. */
export function createStyleFolders(objects: ObjectStore): StyleFolders {
  const keyOf = (style: StyleId, path: StylePath) => `styles/${style}/${path}`
  const markOf = (style: StyleId) => `styles/${style}${incompleteMark}`

  async function remove(style: StyleId, path?: StylePath): Promise<void> {
    if (path === undefined) return objects.removeAll(`styles/${style}/`)
    // A version is all that lies below it; everything else is one file.
    if (/^versions\/\d+$/.test(path)) return objects.removeAll(`${keyOf(style, path)}/`)
    await objects.remove(keyOf(style, path))
  }

  /** What stands in the three folders of a style under a name that no row knows. */
  async function sweepStyle(files: readonly StoredObject[], known: KnownFiles): Promise<void> {
    for (const object of files) {
      const [, , kind = '', name = ''] = object.key.split('/')
      const names = known[kind as keyof KnownFiles] as ReadonlySet<string> | undefined
      if (!names || names.has(name.replace(/\.png$/, '')) || !isOld(object)) continue
      await objects.remove(object.key)
    }
  }

  /** Its mark may have come after the marks were listed; where it is gone again, so is the wait for the row. */
  async function isLeft(style: StyleId, known: (style: StyleId) => Promise<KnownFiles | null>): Promise<boolean> {
    return (await objects.find(markOf(style))) === null && (await known(style)) === null
  }

  return {
    write: (style, path, bytes) => objects.write(keyOf(style, path), bytes),
    read: (style, path) => objects.read(keyOf(style, path)),
    remove,

    async list(style, below) {
      const found: StylePath[] = []
      for await (const { key } of objects.list(`${keyOf(style, below)}/`))
        found.push(path(key.slice(keyOf(style, path('')).length)))
      return found
    },

    async whileCreating(style, make) {
      await objects.write(markOf(style), new Uint8Array())
      try {
        return await make()
      } finally {
        await objects.remove(markOf(style))
      }
    },

    async sweep(known) {
      const styles = new Map<string, StoredObject[]>()
      const incomplete = new Set<string>()
      for await (const object of objects.list('styles/')) {
        const [, name = ''] = object.key.split('/')
        if (!name.endsWith(incompleteMark)) addTo(styles, name, object)
        else if (isOld(object)) await objects.remove(object.key)
        else incomplete.add(name.slice(0, -incompleteMark.length))
      }
      for (const [name, files] of styles) {
        const style = asStyleId(name)
        const rows = await known(style)
        if (rows) await sweepStyle(files, rows)
        else if (!incomplete.has(name) && (await isLeft(style, known))) await remove(style)
      }
    },
  }
}

function addTo<K, V>(groups: Map<K, V[]>, key: K, value: V): void {
  const group = groups.get(key)
  if (group) group.push(value)
  else groups.set(key, [value])
}

const isOld = ({ writtenAt }: StoredObject) => Date.now() - writtenAt.getTime() > hourMs
