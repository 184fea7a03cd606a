import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { FileStore } from '../images/fileStore.ts'
import { readImage, shrinkImage } from '../images/imageCodec.ts'
import type { PersonId, PictureId, StyleId, StylePictureId } from '../shared/ids.ts'
import type { Random } from '../shared/secrets.ts'
import { newId } from '../shared/secrets.ts'
import type { StylePicture } from './style.ts'
import type { StyleFolders } from './styleFolders.ts'
import { stylePaths } from './styleFolders.ts'
import { checkCaption, clip } from './styleText.ts'

/** A picture to learn from: brought for this purpose, or made here by the same person. */
export type NewStylePicture = { readonly caption?: string } & (
  | { readonly bytes: Uint8Array }
  | { readonly picture: PictureId }
)

/** Pictures that somebody gives to learn from, on their way into a style. */
export interface Uploads {
  /** Decoded, checked and written again; one that cannot be used refuses all. */
  read(by: PersonId, pictures: readonly NewStylePicture[]): Promise<DecodedPicture[]>
  /** Files first: a row always has its picture. What nothing names in the end is deleted again. */
  store(style: StyleId, pictures: readonly DecodedPicture[]): Promise<StoredPicture[]>
}
/** An uploaded picture, decoded, checked and written again as PNG. */
export interface DecodedPicture {
  readonly caption: string
  readonly png: Uint8Array
  readonly width: number
  readonly height: number
}
/** An uploaded picture whose file is written. */
export interface StoredPicture extends StylePicture {
  readonly addedAt: Date
}

/** Longer sides than this hold nothing that a model could learn. */
const maxPictureSide = 1024

/** Uploads into the folders of styles. */
export function createUploads({
  client,
  files,
  folders,
  now,
  random,
}: {
  readonly client: PrismaClient
  readonly files: FileStore
  readonly folders: StyleFolders
  readonly now: () => Date
  readonly random: Random
}): Uploads {
  /** As any image that somebody brings, and small. */
  async function readOne(by: PersonId, { caption = '', ...from }: NewStylePicture): Promise<DecodedPicture> {
    const written = checkCaption(caption)
    if ('bytes' in from) {
      const { png } = await readImage(from.bytes)
      return { caption: written, ...(await shrinkImage(png, maxPictureSide)) }
    }
    const row = await client.picture.findUnique({
      where: { id: from.picture },
      select: { file: true, recipe: true, job: { select: { ownerId: true } } },
    })
    if (row?.job?.ownerId !== by) throw new UserError('style/picture-foreign')
    const png = row.file === null ? null : await files.read(row.file as Parameters<FileStore['read']>[0])
    if (!png) throw new UserError('picture/unfinished')
    const { prompt } = row.recipe as { prompt: string }
    return { caption: written || clip(prompt), ...(await shrinkImage(png, maxPictureSide)) }
  }

  async function read(by: PersonId, pictures: readonly NewStylePicture[]): Promise<DecodedPicture[]> {
    const all: DecodedPicture[] = []
    for (const picture of pictures) all.push(await readOne(by, picture))
    return all
  }

  async function store(style: StyleId, pictures: readonly DecodedPicture[]): Promise<StoredPicture[]> {
    const addedAt = now().getTime()
    const rows = pictures.map(({ caption, width, height }, index) => ({
      ...{ id: newId<StylePictureId>(random), caption, width, height },
      // In the order in which they were given.
      addedAt: new Date(addedAt + index),
    }))
    for (const [index, { id }] of rows.entries()) {
      await folders.write(style, stylePaths.picture(id), pictures[index]!.png)
    }
    return rows
  }

  return { read, store }
}
