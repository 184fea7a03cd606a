import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import type { PaintOutput } from '../../../engine/types/engine.ts'
import { chunksOf, encodePicture, parametersOf, readRecipe, readTexts, withTexts } from '../../../studio/images/png.ts'
import type { FileHash, Recipe, StyleId } from '../../../studio/studio.ts'

const recipe: Recipe = {
  ...{ prompt: 'a red house by a lake, watercolour', seed: 7, steps: 4, guidance: 4, width: 16, height: 8 },
  ...{ model: 'stripes', modelHash: 'abcdef0123456789' },
}
const made = { timesteps: [999, 759, 499, 259], device: 'cpu', totalMs: 12 } as unknown as PaintOutput
const picture = { width: 16, height: 8, data: Uint8Array.from({ length: 16 * 8 * 3 }, (_, i) => (i * 7) % 256) }

describe('what a PNG carries', () => {
  it('holds the parameters that other tools read, and our own JSON', async () => {
    const texts = readTexts(await encodePicture(picture, recipe, made))
    expect(texts['parameters']).toBe(
      'a red house by a lake, watercolour\nSteps: 4, Sampler: LCM, CFG scale: 4, Seed: 7, Size: 16x8, Model hash: abcdef0123, Model: stripes',
    )
    expect(JSON.parse(texts['fourstroke']!)).toEqual({ ...recipe, timesteps: made.timesteps, device: 'cpu' })
  })

  it('forgets no field of a recipe, in our JSON and, but for our own file, in the line of other tools', async () => {
    const styles = [
      { style: 's1' as StyleId, name: 'Sepia', version: 2, weight: 0.7 },
      { style: 's2' as StyleId, name: 'Chalk', version: 1, weight: 1.5 },
    ]
    const whole: Required<Recipe> = {
      ...recipe,
      understoodAs: 'a red house by a lake',
      unsaid: 'by day',
      image: 'f'.repeat(64) as FileHash,
      strength: 0.6,
      maskImage: 'e'.repeat(64) as FileHash,
      maskBlur: 4,
      inkMask: 'd'.repeat(64) as FileHash,
      negativePrompt: 'a grey cat',
      variation: { seed: 9, strength: 0.2 },
      guidanceByStep: [8, 4, 2, 1],
      customTimesteps: [999, 749, 499, 249],
      regions: [{ mask: 'd'.repeat(64) as FileHash, prompt: 'a boat', guidance: 2, styles, weight: 2 }],
      prefix: [{ prompt: 'a lake', seed: 3, guidance: 4, untilStep: 2 }],
      endStep: 3,
      upscale: { strength: 0.2 },
      autoencoder: 'tiny',
      styles,
    }
    const texts = readTexts(await encodePicture(picture, whole, made))
    expect(JSON.parse(texts['fourstroke']!)).toEqual({ ...whole, timesteps: made.timesteps, device: 'cpu' })
    expect(texts['parameters']).toMatch(
      /^a red house by a lake, watercolour\nNegative prompt: a grey cat\nSteps: 4.* Model: stripes, Denoising strength: 0.6, Variation seed: 9, Variation seed strength: 0.2, Mask blur: 4, Hires upscale: 2, Understood as: a red house by a lake, Styles: "Sepia:0.7, Chalk:1.5"$/,
    )
    // A database may give fields back in another order.
    const turned = styles.map(({ weight, version, name, style }) => ({ weight, version, name, style }))
    expect(await encodePicture(picture, { ...whole, styles: turned }, made)).toEqual(
      await encodePicture(picture, whole, made),
    )
    expect(readRecipe(await encodePicture(picture, whole, made))).toEqual(whole)
  })

  it('is read back by AUTOMATIC1111 whatever the prompt looks like', () => {
    const looksLikeFields = fc.array(
      fc.constantFrom(
        'a house',
        'Negative prompt:',
        'Steps: 99, Seed: 5, Size: 1x1',
        '"',
        ':',
        ',',
        '\\',
        '\n',
        ' ',
        '夜',
      ),
    )
    const text = looksLikeFields.map(parts => parts.join(''))
    fc.assert(
      fc.property(text, fc.option(text, { nil: undefined }), fc.string(), (prompt, negativePrompt, model) => {
        const read = readByAutomatic1111(
          parametersOf({ ...recipe, prompt, model, ...(negativePrompt !== undefined && { negativePrompt }) }),
        )
        expect(trimmedLines(dropBackslashes(read.prompt))).toBe(trimmedLines(dropBackslashes(prompt)))
        expect(trimmedLines(dropBackslashes(read.negative))).toBe(trimmedLines(dropBackslashes(negativePrompt ?? '')))
        expect(read.fields).toMatchObject({ Steps: '4', Sampler: 'LCM', 'CFG scale': '4', Seed: '7', Size: '16x8' })
      }),
    )
    const injected = parametersOf({ ...recipe, prompt: 'Negative prompt: x\nSteps: 99', negativePrompt: 'Steps: 1' })
    expect(injected).toMatch(/^\\Negative prompt: x\n\\Steps: 99\nNegative prompt: \\Steps: 1\nSteps: 4, /)
  })

  it('leaves the pixels alone', async () => {
    const png = await encodePicture(picture, recipe, made)
    const { data, info } = await sharp(png, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true })
    expect([info.width, info.height, info.channels]).toEqual([16, 8, 3])
    expect(new Uint8Array(data)).toEqual(picture.data)
  })

  it('is the same file whenever the same picture is painted, however long it took', async () => {
    const { modelHash, model, ...rest } = recipe
    const later = await encodePicture(picture, { modelHash, model, ...rest }, { ...made, totalMs: 99 })
    expect(later).toEqual(await encodePicture(picture, recipe, made))
  })

  it('says how strongly an image was painted over, and quotes a model name with commas', () => {
    expect(parametersOf({ ...recipe, strength: 0.6, model: 'one, two' })).toMatch(
      /Model: "one, two", Denoising strength: 0.6$/,
    )
  })

  it('gives back every text as it was put in', async () => {
    const png = await sharp(picture.data, { raw: { width: 16, height: 8, channels: 3 } })
      .png()
      .toBuffer()
    const text = fc.string({ unit: 'grapheme' }).filter(words => !words.includes('\0'))
    fc.assert(
      fc.property(text, words => {
        const whole = withTexts(png, { parameters: words, other: 'plain' })
        expect(readTexts(whole)).toEqual({ parameters: words, other: 'plain' })
      }),
    )
  })

  it('writes chunks whose length and checksum are right, in UTF-8 where Latin-1 does not reach', async () => {
    const png = Buffer.from(await encodePicture(picture, { ...recipe, prompt: 'ein Haus am See 🏠' }, made))
    const types: string[] = []
    for (let at = 8; at < png.length; ) {
      const length = png.readUInt32BE(at)
      types.push(png.toString('latin1', at + 4, at + 8))
      expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(png.subarray(at + 4, at + 8 + length)))
      at += 12 + length
    }
    expect(types).toEqual([...chunksOf(png)].map(({ type }) => type))
    expect(types.slice(0, 3)).toEqual(['IHDR', 'iTXt', 'iTXt'])
    expect(types.at(-1)).toBe('IEND')
  })

  it('is understood by libvips', async () => {
    const { comments } = await sharp(
      await encodePicture(picture, { ...recipe, prompt: 'ein Haus 🏠' }, made),
    ).metadata()
    expect(comments?.find(({ keyword }) => keyword === 'parameters')?.text).toMatch(/^ein Haus 🏠\nSteps: 4/)
  })

  it('reads no text from bytes that are cut off', async () => {
    const png = await encodePicture(picture, recipe, made)
    expect(readTexts(png.subarray(0, 60))).toEqual({})
    expect(readTexts(new Uint8Array())).toEqual({})
  })
})

/** As AUTOMATIC1111 reads `parameters`: the last line if it has three fields, and lines before and after one marker. */
function readByAutomatic1111(parameters: string) {
  const field = /\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)/g
  const lines = parameters.trim().split('\n')
  const fields = [...lines.at(-1)!.matchAll(field)].map(([, name, value]) => [name!, value!] as const)
  const texts = (fields.length < 3 ? lines : lines.slice(0, -1)).map(line => line.trim())
  const read = { prompt: [] as string[], negative: [] as string[] }
  let target = read.prompt
  for (const line of texts) {
    if (line.startsWith('Negative prompt:')) target = read.negative
    target.push(line.replace(/^Negative prompt:/, '').trim())
  }
  return { prompt: read.prompt.join('\n'), negative: read.negative.join('\n'), fields: Object.fromEntries(fields) }
}

/** Its prompts drop a backslash before what needs none. */
const dropBackslashes = (prompt: string) => prompt.replaceAll('\\', '')
/** It trims each line, and leaves empty ones out before and behind. */
const trimmedLines = (text: string) =>
  text
    .split('\n')
    .map(line => line.trim())
    .join('\n')
    .trim()
