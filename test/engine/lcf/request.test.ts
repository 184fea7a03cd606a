import { describe, expect, it } from 'vitest'
import { fitted, mirrored } from '../../../engine/lcf/pictures.ts'
import { parametersOf, recipeFor, validateLearnRequest } from '../../../engine/lcf/recipe.ts'
import type { ModelInfo } from '../../../engine/types/engine.ts'
import type { LearnRequest, StyleLayout } from '../../../engine/types/styles.ts'
import { buildLearnAsk, stripes } from './pupils.ts'

// Of a model only these matter here.
const sizes = { default: { width: 64, height: 64 }, min: 16, max: 512, multiple: 16 }
const model = {
  name: 'tiny',
  canPaintOver: true,
  parts: [] as ModelInfo['parts'],
  sizes,
} as ModelInfo
const layout: StyleLayout = { targets: [], maxRank: 16, valuesPerRank: 10, latentChannels: 4, modelHash: '' }
const [first] = buildLearnAsk().pictures

describe('asking to learn', () => {
  it('is heard for pictures of any size', () => {
    const pictures = [{ picture: stripes(1, [333, 77]), caption: '' }]
    expect(() => validateLearnRequest(buildLearnAsk({ pictures }), model, layout)).not.toThrow()
  })

  it.each<[string, Partial<LearnRequest>, string, string]>([
    ['no pictures', { pictures: [] }, 'learn/pictures', 'Expected 1 to 100 pictures, got 0.'],
    ['too many', { pictures: Array(101).fill(first) }, 'learn/pictures', 'got 101.'],
    [
      'bytes that are no picture of that size',
      { pictures: [first!, { ...first!, picture: { ...first!.picture, width: 65 } }] },
      'learn/pictures',
      'Expected picture 2 to be RGB',
    ],
    ['half a step', { recipe: { steps: 1.5 } }, 'learn/recipe', 'steps to be a whole number from 1 to 5000, got 1.5'],
    ['a share above one', { recipe: { prior: 1 } }, 'learn/recipe', 'prior to be a number from 0 to 0.9'],
    ['more ranks than fit', { recipe: { rank: 17 } }, 'learn/recipe', 'rank to be at most 16, got 17'],
    ['no rate', { recipe: { rate: Number.NaN } }, 'learn/recipe', 'rate to be'],
  ])('is refused with words for %s', (_, change, code, words) => {
    const ask = () => validateLearnRequest(buildLearnAsk(change), model, layout)
    expect(ask).toThrow(words)
    expect(ask).toThrow(expect.objectContaining({ code }))
  })

  it('is refused by a model of two text encoders, which learning does not know', () => {
    const parts = [{ part: 'text_encoder_2' } as ModelInfo['parts'][number]]
    expect(() => validateLearnRequest(buildLearnAsk(), { ...model, parts }, layout)).toThrow(
      'Expected a model with one text encoder, got tiny, which has two (SDXL)',
    )
  })

  it('is refused by a model that was quantized or fused', () => {
    const special = { ...model, untrainable: ['com.microsoft.FusedMatMul'] }
    expect(() => validateLearnRequest(buildLearnAsk(), special, null)).toThrow(
      expect.objectContaining({
        message: 'Expected a model whose unet has standard operators, got tiny, which has com.microsoft.FusedMatMul.',
        hint: expect.stringContaining('optimum-cli export onnx'),
      }),
    )
  })

  it('is refused by a model that was trained to inpaint', () => {
    expect(() => validateLearnRequest(buildLearnAsk(), { ...model, isInpainting: true }, layout)).toThrow(
      'Expected a model that was not trained to inpaint, got tiny, which was: learn with the model',
    )
  })

  it('is refused by a model that cannot read pictures', () => {
    expect(() => validateLearnRequest(buildLearnAsk(), { ...model, canPaintOver: false }, layout)).toThrow(
      'Expected a model with a vae_encoder',
    )
    expect(() => validateLearnRequest(buildLearnAsk(), model, null)).toThrow('projections that a style can change')
  })
})

describe('a recipe', () => {
  it('has a smaller rate for a larger model', () => {
    const rates = [3e6, 20e6, 200e6, 860e6, 3e9].map(parameters => recipeFor(parameters).rate)
    expect(rates[0]).toBe(rates[1])
    expect(rates[2]).toBeLessThan(rates[1]!)
    expect(rates[3]).toBeCloseTo(1e-4, 8)
    expect(rates[4]).toBe(rates[3])
  })

  it('counts the parameters of a file by their precision', () => {
    const part = { part: 'unet', file: '', bytes: 100, inputs: [], outputs: [] } as const
    expect(parametersOf({ parts: [{ ...part, precision: 'float32' }] })).toBe(25)
    expect(parametersOf({ parts: [{ ...part, precision: 'float16' }] })).toBe(50)
  })

  it('of the exact method has the ladder of the paper and no anchor, unless asked otherwise', () => {
    expect(recipeFor(1e6)).toMatchObject({ method: 'anchored', ddimTimesteps: 10, anchor: 0.1 })
    expect(recipeFor(1e6, { method: 'exact' })).toMatchObject({ ddimTimesteps: 50, anchor: 0 })
    expect(recipeFor(1e6, { method: 'anchored', ddimTimesteps: 50 })).toMatchObject({ ddimTimesteps: 50, anchor: 0.1 })
  })
})

describe('pictures', () => {
  it('are cropped and scaled to a square, towards where there is something to see', async () => {
    // Grey, and something colourful at the right end.
    const wide = { width: 300, height: 60, data: new Uint8Array(300 * 60 * 3).fill(128) }
    for (let y = 10; y < 50; y++)
      for (let x = 250; x < 290; x++) wide.data.set([255, (x * 37) % 255, 0], (y * 300 + x) * 3)
    const square = await fitted(wide, 32)
    expect(square).toMatchObject({ width: 32, height: 32 })
    expect(square.data.some((value, at) => at % 3 === 0 && value > 240)).toBe(true)
    expect(square.data).toHaveLength(32 * 32 * 3)
  })

  it('in a mirror are themselves when looked at twice', () => {
    const picture = stripes(3, [7, 5])
    expect(mirrored(picture).data.subarray(0, 3)).toEqual(picture.data.subarray(18, 21))
    expect(mirrored(mirrored(picture))).toEqual(picture)
  })
})
