import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { parametersOf, withTexts } from '../../../studio/images/png.ts'
import type { Recipe } from '../../../studio/studio.ts'
import { textsOf } from '../../../web/canvas/recipes/pngTexts.ts'
import { recipeIn } from '../../../web/canvas/recipes/recipe.ts'
import { fieldsOf } from '../../../web/canvas/recipes/toFrame.ts'
import { buildWelcome } from '../builders.ts'

const { model } = buildWelcome()
const recipe: Recipe = {
  ...{
    prompt: 'ein Fuchs, 雪',
    negativePrompt: 'blurry, text',
    seed: 7,
    steps: 4,
    guidance: 3,
    width: 320,
    height: 256,
  },
  ...{ strength: 0.6, model: 'm', modelHash: 'a'.repeat(64) },
}

async function png(texts: Record<string, string>): Promise<Uint8Array> {
  const plain = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#fff' } })
    .png()
    .toBuffer()
  return withTexts(plain, texts)
}

test('a picture of ours says what it was made by', async () => {
  const file = await png({ parameters: parametersOf(recipe), fourstroke: JSON.stringify(recipe) })
  const found = recipeIn(await textsOf(file))
  const { prompt, negativePrompt, seed, steps, guidance, width, height, strength } = recipe
  expect(found).toEqual({
    ...{ program: 'Fourstroke', prompt, negativePrompt, seed, steps, guidance, width, height, strength },
  })
})

test('the parameters that we write are read back as those of AUTOMATIC1111', async () => {
  const odd = { ...recipe, prompt: 'a list:\nSteps: up and down' }
  const found = recipeIn(await textsOf(await png({ parameters: parametersOf(odd) })))
  expect(found).toMatchObject({
    program: 'A1111',
    prompt: odd.prompt,
    negativePrompt: 'blurry, text',
    seed: 7,
    steps: 4,
  })
  expect(found).toMatchObject({ guidance: 3, width: 320, height: 256, strength: 0.6 })
})

test('parameters of AUTOMATIC1111 are read, with steps of its own samplers and extra networks left out', () => {
  const parameters = [
    'a castle, (sunset:1.2) <lora:detail:0.8>,',
    'oil painting',
    'Negative prompt: people,',
    'text',
    'Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 6.5, Seed: 123456, Size: 512x768, Model: "a, b: c", Version: v1.9',
  ].join('\n')
  expect(recipeIn({ parameters })).toEqual({
    ...{ program: 'A1111', prompt: 'a castle, (sunset:1.2) ,\noil painting', negativePrompt: 'people,\ntext' },
    ...{ seed: 123456, guidance: 6.5, width: 512, height: 768 },
  })
})

test('the graph of ComfyUI is followed from its sampler to its words', () => {
  const prompt = JSON.stringify({
    3: {
      class_type: 'KSampler',
      inputs: {
        ...{ seed: 99, steps: 4, cfg: 1.5, sampler_name: 'lcm', denoise: 1 },
        ...{ positive: ['12', 0], negative: ['7', 0], latent_image: ['5', 0], model: ['4', 0] },
      },
    },
    5: { class_type: 'EmptyLatentImage', inputs: { width: 640, height: 512, batch_size: 1 } },
    6: { class_type: 'CLIPTextEncode', inputs: { text: ['20', 0], clip: ['4', 1] } },
    7: { class_type: 'CLIPTextEncode', inputs: { text: 'ugly', clip: ['4', 1] } },
    12: { class_type: 'ControlNetApply', inputs: { conditioning: ['6', 0], strength: 1 } },
    20: { class_type: 'PrimitiveString', inputs: { value: 'a lighthouse' } },
  })
  expect(recipeIn({ prompt, workflow: '{}' })).toEqual({
    ...{ program: 'ComfyUI', prompt: 'a lighthouse', negativePrompt: 'ugly', seed: 99, guidance: 1.5, steps: 4 },
    ...{ width: 640, height: 512 },
  })
})

test('compressed texts are read; what is cut off, goes round in circles or says nothing is no recipe', async () => {
  const chunk = (type: string, data: Buffer) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)])
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const text = Buffer.from('a boat\nSteps: 4, Sampler: LCM, Seed: 5')
  const zText = chunk('zTXt', Buffer.concat([Buffer.from('parameters\0\0'), deflateSync(text)]))
  const iText = chunk('iTXt', Buffer.concat([Buffer.from('parameters\0\x01\0\0\0'), deflateSync(text)]))
  for (const packed of [zText, iText]) {
    const found = recipeIn(await textsOf(Buffer.concat([signature, packed])))
    expect(found).toMatchObject({ prompt: 'a boat', steps: 4, seed: 5 })
    expect(await textsOf(Buffer.concat([signature, packed.subarray(0, 20)]))).toEqual({})
  }
  const loop = {
    1: { class_type: 'KSampler', inputs: { positive: ['2', 0] } },
    2: { class_type: 'X', inputs: { text: ['2', 0] } },
  }
  for (const texts of [
    {},
    { parameters: 'a photo' },
    { prompt: '[]' },
    { prompt: JSON.stringify(loop) },
    { fourstroke: '{' },
  ]) {
    expect(recipeIn(texts)).toBeNull()
  }
  expect(await textsOf(new Uint8Array([0xff, 0xd8, 0xff]))).toEqual({})
})

test('a frame takes of a recipe what its model can do', () => {
  const found = {
    program: 'A1111',
    prompt: 'x'.repeat(2_000),
    negativePrompt: 'text',
    seed: 5e12,
    guidance: 40,
  } as const
  expect(fieldsOf(found, model)).toEqual({ prompt: 'x'.repeat(1_000), seed: 5e12 % 2 ** 32, guidance: 20 })
  const avoiding = { ...model, takesNegativePrompt: true }
  expect(fieldsOf(found, avoiding).options).toEqual({ negativePrompt: 'text' })
  expect(fieldsOf({ ...found, guidance: 1 }, avoiding).options).toBeUndefined()
  const ours = { program: 'Fourstroke', prompt: 'a boat', steps: 4, strength: 0.617 } as const
  expect(fieldsOf(ours, model)).toEqual({ prompt: 'a boat', steps: 4, strength: 0.62 })
})
