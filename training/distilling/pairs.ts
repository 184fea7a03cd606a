/** A folder of pictures with their captions. */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import sharp from 'sharp'
import type { Rgb } from '../../engine/types/engine.ts'
import { UserError } from '../../protocol/errors.ts'

export interface CaptionedFile {
  readonly file: string
  readonly caption: string
}

const pictureEndings = new Set(['.png', '.jpg', '.jpeg', '.webp'])
/** As Hugging Face's image folders have it, and as people name it. */
const lists = ['metadata.jsonl', 'captions.jsonl']

/**
 * Pictures in the order of their names. Captions come from `metadata.jsonl` or `captions.jsonl` (a line for each picture:
 * `{"file_name": "a.png", "text": "a red house"}`; `caption` will do for `text`), else from a `.txt` beside each picture.
 */
export function readPairs(folder: string): CaptionedFile[] {
  if (!existsSync(folder)) throw picturesError(`Expected a folder of pictures at ${folder}, found no such folder.`)
  const list = lists.map(name => join(folder, name)).find(existsSync)
  const pairs = list ? listed(folder, list) : beside(folder)
  if (pairs.length === 0) {
    throw picturesError(`Expected pictures (${[...pictureEndings].join(', ')}) in ${folder}, found none.`)
  }
  return pairs.sort((a, b) => (a.file < b.file ? -1 : 1))
}

function beside(folder: string): CaptionedFile[] {
  const names = readdirSync(folder).filter(name => pictureEndings.has(extname(name).toLowerCase()))
  const captionOf = (name: string) => join(folder, `${name.slice(0, -extname(name).length)}.txt`)
  const without = names.filter(name => !existsSync(captionOf(name)))
  if (without.length > 0) {
    throw picturesError(
      `Expected a caption beside every picture in ${folder}, found none for ${without.length} of ${names.length}, such as ` +
        `${without[0]}. Write ${captionOf(without[0]!)}, or list all of them in metadata.jsonl.`,
    )
  }
  return names.map(name => ({ file: join(folder, name), caption: readFileSync(captionOf(name), 'utf8').trim() }))
}

function listed(folder: string, list: string): CaptionedFile[] {
  const lines = readFileSync(list, 'utf8').split('\n')
  return lines.flatMap((line, at) => {
    if (line.trim() === '') return []
    const { file_name: name, text, caption = text } = parsed(line, `${list}, line ${at + 1}`)
    if (typeof name !== 'string' || typeof caption !== 'string') {
      throw picturesError(
        `At ${list}, line ${at + 1}: expected {"file_name": "…", "text": "…"}, got ${line.slice(0, 80)}`,
      )
    }
    const file = join(folder, name)
    if (!existsSync(file)) throw picturesError(`At ${list}, line ${at + 1}: expected a picture at ${file}, found none.`)
    return [{ file, caption }]
  })
}

function parsed(line: string, place: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line)
    // Any object will do: its fields are checked where they are used.
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch (cause) {
    throw new UserError('learn/pictures', `At ${place}: expected JSON, got ${line.slice(0, 80)}`, { cause })
  }
  throw picturesError(`At ${place}: expected an object, got ${line.slice(0, 80)}`)
}

/** The picture upright, its transparency on white. */
export async function readPicture(file: string): Promise<Rgb> {
  const { data, info } = await sharp(file)
    .autoOrient()
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data: new Uint8Array(data) }
}

const picturesError = (message: string) => new UserError('learn/pictures', message)
