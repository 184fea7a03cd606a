/** The woodcuts of `examples/`, as somebody brings them, and how near pictures are to their lines. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { rootFolder } from '../../config.ts'
import type { StyleRecipe } from '../../engine/types/styles.ts'
import { textureDistance, textureOf } from '../../training/evaluation/texture.ts'

const folder = join(rootFolder, 'examples', 'woodcut')
const types: Readonly<Record<string, string>> = { webp: 'image/webp', txt: 'text/plain' }

/** Pictures and the captions beside them, or one of both. */
export const woodcutFiles = (...endings: readonly ('webp' | 'txt')[]) =>
  readdirSync(folder)
    .filter(name => endings.some(ending => name.endsWith(`.${ending}`)))
    .sort()
    .map(name => ({ name, type: types[name.split('.').at(-1)!]!, bytes: readFileSync(join(folder, name)) }))

/** Learns the texture and hardly anything else: what a style with lines is told from others by, in a fraction of its time. */
export const textureAlone = { steps: 1, priorPictures: 4, textureSteps: 160 } as const satisfies Partial<StyleRecipe>

/** Side of what is compared, in pixels: the upper left or right quarter of a picture of the embedded model. */
const side = 128

async function quarterOf(picture: Uint8Array, left: number): Promise<Uint8Array> {
  const part = sharp(picture).removeAlpha().extract({ left, top: 0, width: side, height: side })
  return new Uint8Array(await part.toColourspace('srgb').raw().toBuffer())
}

/** How far the lines of the left and of the right half of an encoded picture are from those of the woodcuts, in orders of magnitude. */
export async function linesOf(picture: Uint8Array): Promise<{ readonly left: number; readonly right: number }> {
  const woodcuts = await Promise.all(woodcutFiles('webp').map(({ bytes }) => quarterOf(bytes, 0)))
  const wanted = textureOf(woodcuts, side)
  const from = async (left: number) => textureDistance(textureOf([await quarterOf(picture, left)], side), wanted)
  return { left: await from(0), right: await from(side) }
}
