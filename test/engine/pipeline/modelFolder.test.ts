import {
  cpSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { rootFolder } from '../../../config.ts'
import { TorchGenerator } from '../../../engine/diffusion/random.ts'
import type { Component } from '../../../engine/pipeline/component.ts'
import { hashOf, readModelFolder } from '../../../engine/pipeline/modelFolder.ts'
import { paint } from '../../../engine/pipeline/paint.ts'
import { createPaintContext } from '../../../engine/pipeline/paintContext.ts'
import { openPipeline } from '../../../engine/pipeline/pipeline.ts'
import { encodeModel } from '../../../onnx/codec.ts'
import { readModelFile } from '../../../onnx/modelFile.ts'
import type { Session } from '../../../onnx/session.ts'
import { type Initializer, isStored, type Tensor } from '../../../onnx/tensor.ts'
import { patient } from '../../support/patience.ts'
import { assemblePipeline, type PipelineName } from '../../support/pipelines.ts'
import { type TinyModelOptions, tiny, writeTinyModel } from '../support/tinyModel.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function written(options: TinyModelOptions = {}): string {
  const { folder } = writeTinyModel(options)
  folders.push(folder)
  return folder
}

function fixture(name: PipelineName): string {
  const folder = mkdtempSync(join(tmpdir(), 'pipelines-'))
  folders.push(folder)
  return assemblePipeline(name, folder)
}

/** Two rows at different timesteps and one picture encoded: what every export of the same weights must agree on. */
async function answersOf(path: string): Promise<Float32Array[]> {
  const folder = await readModelFolder(path)
  const pipeline = await openPipeline(folder, { device: 'cpu', threads: 1, upcast: true })
  const side = folder.trainedSize / folder.spatialFactor
  const size = { width: side, height: side }
  const noise = (seed: number) => new TorchGenerator(seed).randn(folder.latentChannels * side * side)
  const promptEmbeds = await pipeline.encodePrompt('red blue')
  const guidance = createPaintContext(folder).guidance(8.5)
  const rows = [999, 259].map((timestep, seed) => ({ sample: noise(seed), timestep, promptEmbeds, guidance }))
  const data = Uint8Array.from({ length: 3 * folder.trainedSize ** 2 }, (_, i) => (i * 37) % 256)
  const picture = { width: folder.trainedSize, height: folder.trainedSize, data }
  const answers = [...(await pipeline.predict(rows, size, 2)), await pipeline.encodePicture(picture, noise(5))]
  await pipeline.release()
  return answers.map(answer => answer.slice())
}

function expectAlike(answers: readonly Float32Array[], expected: readonly Float32Array[], tolerance: number): void {
  for (const [i, answer] of answers.entries()) {
    expect(answer).toHaveLength(expected[i]!.length)
    const difference = answer.reduce((most, x, j) => Math.max(most, Math.abs(x - expected[i]![j]!)), 0)
    expect(difference).toBeLessThanOrEqual(tolerance)
  }
}

describe('exports of the same weights', () => {
  it.each<TinyModelOptions>([
    { generation: 'A', weightsFile: 'weights.pb', posterior: 'sample' },
    { generation: 'B', weightsFile: 'model.onnx_data' },
    { generation: 'C', weightsFile: 'model.onnx_data' },
  ])('answer alike: %o', async options => {
    expectAlike(await answersOf(written(options)), await answersOf(written()), 1e-6)
  })

  it('answer alike in half precision, widened on the CPU', async () => {
    const path = written({ half: true })
    expectAlike(await answersOf(path), await answersOf(written()), 0.01)
    const pipeline = await openPipeline(await readModelFolder(path), { device: 'cpu', upcast: true })
    expect(pipeline.ignored.join()).toContain('half precision of text_encoder, unet')
    await pipeline.release()
  })

  it('are decoded again in float32 where halves overflow', async () => {
    const folder = await readModelFolder(written({ half: true }))
    const { vaeDecoder } = folder
    const overflowing: Component = {
      ...vaeDecoder,
      async open(options) {
        const session = await vaeDecoder.open(options)
        const nan = ({ dims, data }: Tensor): Tensor => ({
          dtype: 'float16',
          dims,
          data: new Uint16Array(data.length).fill(0x7e00),
        })
        const run: Session['run'] = async feeds => ({ sample: nan((await session.run(feeds))['sample']!) })
        return options.upcast ? session : { ...session, run }
      },
    }
    const narrow = await openPipeline({ ...folder, vaeDecoder: overflowing }, { device: 'cpu', upcast: false })
    const wide = await openPipeline(folder, { device: 'cpu', upcast: true })
    const latents = [new TorchGenerator(1).randn(4 * 8 * 8)]
    const size = { width: 8, height: 8 }
    expect(await narrow.decode(latents, size, 1)).toEqual(await wide.decode(latents, size, 1))
    for (const pipeline of [narrow, wide]) await pipeline.release()
  })

  it('answer alike from Python’s exporters: scripted, by dynamo, and converted to halves', {
    timeout: patient(90_000),
  }, async () => {
    const today = await answersOf(fixture('today'))
    expectAlike(await answersOf(fixture('dynamo')), today, 1e-4)
    expectAlike(await answersOf(fixture('half')), today, 0.2)
  })
})

describe('weights outside their folder', () => {
  /** The UNet's weights under another name in its graph. */
  function renamed(to: string): string {
    const path = written({ weightsFile: 'weights.pb' })
    const file = join(path, 'unet', 'model.onnx')
    const model = readModelFile(file)
    const initializers = [...model.graph.initializers].map(([name, tensor]): [string, Initializer] => [
      name,
      isStored(tensor) ? { ...tensor, stored: { ...tensor.stored, file: to } } : tensor,
    ])
    writeFileSync(file, encodeModel({ ...model, graph: { ...model.graph, initializers: new Map(initializers) } }))
    return path
  }

  it.each(['../weights.pb', 'deeper/../../weights.pb', '/etc/passwd', 'C:\\weights.pb', '..\\weights.pb'])(
    'are refused by name: %s',
    async name => {
      const words = `Model part unet: expected its weights in files of its own folder; found the name ${name}; copy the file into unet`
      await expect(readModelFolder(renamed(name))).rejects.toThrow(words)
    },
  )

  it('are refused behind a link, but not behind one to the folder', async () => {
    const path = written({ weightsFile: 'weights.pb' })
    const weights = join(path, 'unet', 'weights.pb')
    const elsewhere = join(path, 'elsewhere.pb')
    renameSync(weights, elsewhere)
    symlinkSync(elsewhere, weights)
    await expect(readModelFolder(path)).rejects.toThrow(
      `found weights.pb, a link to ${realpathSync(elsewhere)}; copy the file into unet`,
    )
    const whole = written({ weightsFile: 'weights.pb' })
    const link = join(path, 'link')
    symlinkSync(whole, link)
    expectAlike(await answersOf(link), await answersOf(whole), 0)
  })

  it('inside a graph that is a link to elsewhere are read', async () => {
    const path = written()
    const graph = join(path, 'unet', 'model.onnx')
    renameSync(graph, join(path, 'elsewhere.onnx'))
    symlinkSync(join(path, 'elsewhere.onnx'), graph)
    expectAlike(await answersOf(path), await answersOf(written()), 0)
  })
})

describe('what a folder says', () => {
  it('tells the generation of its export', async () => {
    const found = await Promise.all(
      (['first', 'older', 'today', 'dynamo', 'half'] as const).map(
        async name => (await readModelFolder(fixture(name))).unet.generation,
      ),
    )
    expect(found).toEqual(['A', 'B', 'C', 'C', 'C'])
  })

  it('gives sizes, channels, text length and scaling', async () => {
    const folder = await readModelFolder(written())
    expect(folder).toMatchObject({
      latentChannels: tiny.channels,
      spatialFactor: tiny.factor,
      sizeMultiple: 8,
      trainedSize: tiny.side,
      scalingFactor: 0.5,
      guidanceDim: tiny.guidanceDim,
    })
    expect(folder.tokenizer.length).toBe(tiny.textLength)
    expect(folder.schedule.predictionType).toBe('v_prediction')
  })

  it('may bring a vocabulary, a preview map and defaults', async () => {
    const vocabulary = { words: ['red', 'blue'], examples: ['red blue'] }
    const preview = { weight: [1, 2, 3, 4].map(x => [x, x, x]), bias: [0, 0, 0] }
    const files = {
      'vocabulary.json': vocabulary,
      'preview.json': preview,
      'defaults.json': { guidance: 3, styleTargets: ['ends'] },
    }
    const folder = await readModelFolder(written({ files }))
    expect(folder.vocabulary).toEqual(vocabulary)
    expect(folder.previewMap).toEqual(preview)
    expect(folder.defaults).toEqual({ steps: 4, guidance: 3, strength: 0.8 })
    expect(folder.styleTargets).toEqual(['ends'])
    expect((await readModelFolder(folder.path, { styleTargets: ['projection'] })).styleTargets).toEqual(['projection'])
    expect((await readModelFolder(written({}))).styleTargets).toEqual(['attention'])
  })

  it('refuses a vocabulary of another shape, in words', async () => {
    const files = { 'vocabulary.json': { words: ['red'], examples: ['red'], unsaid: ['by day'] } }
    await expect(readModelFolder(written({ files }))).rejects.toThrow(
      /vocabulary\.json.*phrase: string, unless: string/,
    )
  })

  it('names what has no effect', async () => {
    const scheduler = { _class_name: 'PNDMScheduler', clip_sample: true }
    const { ignored } = await readModelFolder(written({ scheduler, guidance: false }))
    expect(ignored.join(' ')).toMatch(/PNDMScheduler.*clip_sample/)
  })

  it('has one hash for the same weights and another for others', async () => {
    const [one, same, other] = await Promise.all(
      [{}, {}, { width: 9 }].map(async options => hashOf(await readModelFolder(written(options)))),
    )
    expect(one).toMatch(/^[0-9a-f]{64}$/)
    expect(same).toBe(one)
    expect(other).not.toBe(one)
  })
})

describe('a broken folder is refused with the part, what was expected and what was found', () => {
  it.each<[string, (folder: string) => void, RegExp]>([
    ['no such folder', folder => rmSync(folder, { recursive: true }), /model_index\.json.*no such folder/],
    [
      'styles of what no UNet has',
      folder => writeFileSync(join(folder, 'defaults.json'), '{"styleTargets": ["attention", "colours"]}'),
      /defaults\.json.*styleTargets to be some of attention, .*; found colours/,
    ],
    ['no index', folder => rmSync(join(folder, 'model_index.json')), /model_index\.json.*found none/],
    [
      'no unet',
      folder => rmSync(join(folder, 'unet/model.onnx')),
      /part unet: expected unet\/model\.onnx; found no ONNX/,
    ],
    ['no scheduler', folder => rmSync(join(folder, 'scheduler'), { recursive: true }), /part scheduler.*found none/],
    ['no tokenizer', folder => rmSync(join(folder, 'tokenizer'), { recursive: true }), /part tokenizer.*vocab\.json/],
    ['no weights', folder => rmSync(join(folder, 'unet/weights.pb')), /unet\/weights\.pb; found no such file/],
    [
      'cut weights',
      folder => truncateSync(join(folder, 'unet/weights.pb'), 99),
      /unet\/weights\.pb; found 99: it was cut/,
    ],
    [
      'cut graph',
      folder => truncateSync(join(folder, 'vae_decoder/model.onnx'), 99),
      /part vae_decoder: expected an ONNX/,
    ],
    [
      'a pointer',
      folder => writeFileSync(join(folder, 'unet/model.onnx'), 'version https://git-lfs.github.com/spec/v1\noid x'),
      /Git LFS pointer.*git lfs pull/,
    ],
    [
      'another network',
      folder => cpSync(join(folder, 'vae_decoder/model.onnx'), join(folder, 'unet/model.onnx')),
      /part unet: expected inputs sample, timestep.*found latent_sample/,
    ],
    [
      'broken JSON',
      folder => writeFileSync(join(folder, 'unet/config.json'), '{'),
      /Expected JSON in .*unet\/config\.json/,
    ],
    [
      'a schedule nobody knows',
      folder => writeFileSync(join(folder, 'scheduler/scheduler_config.json'), '{"beta_schedule":"cubic"}'),
      /part scheduler: expected beta_schedule to be one of.*found cubic/,
    ],
    [
      'a text encoder of another model',
      folder => writeFileSync(join(folder, 'text_encoder/config.json'), '{"hidden_size":768}'),
      /part text_encoder: expected a hidden size of 8.*found 768/,
    ],
    [
      'a guidance dimension without an input',
      folder =>
        cpSync(written({ guidance: false }), folder, {
          recursive: true,
          filter: name => !name.endsWith('unet/config.json'),
        }),
      /part unet: expected an input timestep_cond/,
    ],
    [
      'a preview map for other latents',
      folder => writeFileSync(join(folder, 'preview.json'), '{"weight":[[1,1,1]],"bias":[0,0,0]}'),
      /preview\.json: expected weight \[4\]\[3\]/,
    ],
    [
      'what latents of others are like',
      folder => writeFileSync(join(folder, 'latents.json'), '{"mean":[0,0,0,0],"deviation":[1,1,0,1]}'),
      /latents\.json: expected mean \[4\] and deviation \[4\], above 0/,
    ],
    [
      'two text encoders',
      folder => cpSync(join(folder, 'text_encoder'), join(folder, 'text_encoder_2'), { recursive: true }),
      /unet: expected an input text_embeds, as there is a text_encoder_2 \(SDXL\)/,
    ],
  ])('%s', async (_what, breakIt, words) => {
    const folder = written({ weightsFile: 'weights.pb' })
    breakIt(folder)
    await expect(readModelFolder(folder)).rejects.toThrow(words)
    await expect(readModelFolder(folder)).rejects.toMatchObject({ code: 'model/broken' })
  })
})

it('reads an empty folder’s name into the refusal, not a stack', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'empty-'))
  folders.push(folder)
  await expect(readModelFolder(folder)).rejects.toThrow(folder)
})

it('guides a model without guidance embedding by two rows of one call, and not at all by default', async () => {
  const folder = await readModelFolder(written({ guidance: false }))
  const ask = {
    owner: '',
    priority: 'live',
    prompt: 'a house',
    seed: 1,
    steps: 1,
    guidance: 4,
    width: 32,
    height: 32,
  } as const
  const painter = paint(ask, createPaintContext(folder))
  painter.next()
  const embeds = () => new Float32Array(tiny.textLength * tiny.wordDim)
  expect(painter.next(embeds()).value).toEqual({ type: 'promptEmbeds', prompt: 'a house' })
  const need = painter.next(embeds()).value
  expect(need).toMatchObject({ type: 'prediction', rows: [{ guidance: undefined }, { guidance: undefined }] })
  expect(folder.defaults.guidance).toBe(1)
})

it('ships a model of at most 26 million bytes, all of whose examples are made of words it knows', async () => {
  const folder = join(rootFolder, 'models', 'fourstroke-256')
  const parts = ['text_encoder', 'unet', 'vae_encoder', 'vae_decoder']
  const bytes = parts.map(part => statSync(join(folder, part, 'model.onnx')).size)
  expect(bytes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(26e6)
  const { words, examples } = (await readModelFolder(folder)).vocabulary!
  expect(examples.length).toBeGreaterThanOrEqual(10)
  for (const example of examples) expect(words).toEqual(expect.arrayContaining(example.split(' ')))
})
