import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { Taken } from '../budgets/budgets.ts'
import type { FileStore } from '../images/fileStore.ts'
import { type ImageSource, readImage, shrinkImage } from '../images/imageCodec.ts'
import { recipeIn } from '../images/recipe.ts'
import type { PersonId, PictureId, StyleId, StylePictureId } from '../shared/ids.ts'
import type { Random } from '../shared/secrets.ts'
import { newId } from '../shared/secrets.ts'
import type { StylePicture } from './style.ts'
import type { StyleFolders } from './styleFolders.ts'
import { stylePaths } from './styleFolders.ts'
import { checkCaption, clip } from './styleText.ts'

/** A picture to learn from: brought for this purpose, or made here by the same person. */
export type NewStylePicture = { readonly caption?: string } & (
  | { readonly bytes: ImageSource }
  | { readonly picture: PictureId }
)

/** Pictures that somebody gives to learn from, on their way into a style. */
export interface Uploads {
  /**
   * Decoded, checked and written again; one that cannot be used refuses all, and so does a disk or a person's share of it
   * that has no room for them. What is `taken` counts until the rows do: release it then.
   */
  read(by: PersonId, pictures: readonly NewStylePicture[]): Promise<{ pictures: DecodedPicture[]; taken: Taken }>
  /** Files first: a row always has its picture. What nothing names in the end is deleted again. */
  store(style: StyleId, pictures: readonly DecodedPicture[]): Promise<StoredPicture[]>
}
/** An uploaded picture, decoded, checked and written again as PNG or WebP. */
export interface DecodedPicture {
  readonly caption: string
  readonly bytes: Uint8Array
  readonly width: number
  readonly height: number
}
/** An uploaded picture whose file is written. */
export interface StoredPicture extends StylePicture {
  readonly bytes: number
  readonly addedAt: Date
}

/** Longer sides than this hold nothing that a model could learn. */
const maxPictureSide = 1024

/** Uploads into the folders of styles. */
export function createUploads({
  client,
  files,
  folders,
  admit,
  now,
  random,
}: {
  readonly client: PrismaClient
  readonly files: FileStore
  readonly folders: StyleFolders
  /** Refuses to let this person bring so many bytes; otherwise they are counted until they are released. */
  readonly admit: (by: PersonId, bytes: number) => Promise<Taken>
  readonly now: () => Date
  readonly random: Random
}): Uploads {
  /** As any image that somebody brings, and small. */
  async function readOne(by: PersonId, { caption = '', ...from }: NewStylePicture): Promise<DecodedPicture> {
    const written = checkCaption(caption)
    if ('bytes' in from) {
      const { bytes } = await readImage(from.bytes)
      return { caption: written, ...(await shrinkImage(bytes, maxPictureSide)) }
    }
    const row = await client.picture.findUnique({
      where: { id: from.picture },
      select: { file: true, recipe: true, job: { select: { ownerId: true } } },
    })
    if (row?.job?.ownerId !== by) throw new UserError('style/picture-foreign')
    const png = row.file === null ? null : await files.read(row.file as Parameters<FileStore['read']>[0])
    if (!png) throw new UserError('picture/unfinished')
    const { prompt } = recipeIn(row.recipe)
    return { caption: written || clip(prompt), ...(await shrinkImage(png, maxPictureSide)) }
  }

  async function read(by: PersonId, pictures: readonly NewStylePicture[]) {
    const all: DecodedPicture[] = []
    for (const picture of pictures) all.push(await readOne(by, picture))
    const taken = await admit(
      by,
      all.reduce((sum, { bytes }) => sum + bytes.length, 0),
    )
    return { pictures: all, taken }
  }

  async function store(style: StyleId, pictures: readonly DecodedPicture[]): Promise<StoredPicture[]> {
    const addedAt = now().getTime()
    const rows = pictures.map(({ caption, width, height, bytes }, index) => ({
      ...{ id: newId<StylePictureId>(random), caption, width, height, bytes: bytes.length },
      // In the order in which they were given.
      addedAt: new Date(addedAt + index),
    }))
    for (const [index, { id }] of rows.entries()) {
      await folders.write(style, stylePaths.picture(id), pictures[index]!.bytes)
    }
    return rows
  }

  return { read, store }
}
