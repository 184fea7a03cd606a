/** Foreign teachers: the tiny diffusers pipelines, with and without an input for the guidance. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { paintWith } from '../../../engine/lcf/painting.ts'
import { readModelFolder } from '../../../engine/pipeline/modelFolder.ts'
import { createPaintContext } from '../../../engine/pipeline/paintContext.ts'
import { openPipeline } from '../../../engine/pipeline/pipeline.ts'
import { decodeModel, encodeModel } from '../../../onnx/codec.ts'
import { type DistilOptions, distilTeacher } from '../../../training/distilling/index.ts'
import { readPairs } from '../../../training/distilling/pairs.ts'
import { takeGuidance, weightsOf } from '../../../training/distilling/studentGraph.ts'
import { randomNumbers } from '../../onnx/autograd/check.ts'
import { load, run } from '../../onnx/files.ts'
import { patient } from '../../support/patience.ts'
import { assemblePipeline, type PipelineName } from '../../support/pipelines.ts'
import { temporaryFolder } from '../../support/studio.ts'

const { folder, remove } = temporaryFolder()
afterAll(remove)

const captions = ['a red house', 'a tree by a lake', 'a boat at night']
const pictures = join(folder, 'pictures')
mkdirSync(pictures)
for (const [at, caption] of captions.entries()) {
  const picture = sharp({ create: { width: 80, height: 64, channels: 3, background: { r: 80 * at, g: 90, b: 40 } } })
  writeFileSync(join(pictures, `${at}.png`), await picture.png().toBuffer())
  writeFileSync(join(pictures, `${at}.txt`), `${caption}\n`)
}

/** A teacher as most are: the input for the guidance, and what is made of it, are taken out of the UNet. */
function withoutGuidance(path: string): string {
  const file = join(path, 'unet', 'model.onnx')
  const model = decodeModel(readFileSync(file))
  const { nodes, inputs } = model.graph
  const projection = nodes.find(node => node.inputs.includes('timestep_cond'))!
  const sum = nodes.find(node => node.inputs.includes(projection.outputs[0]!))!
  const time = sum.inputs.find(name => name !== projection.outputs[0])!
  const graph = {
    ...model.graph,
    nodes: nodes
      .filter(node => node !== projection && node !== sum)
      .map(node => ({ ...node, inputs: node.inputs.map(name => (name === sum.outputs[0] ? time : name)) })),
    inputs: inputs.filter(({ name }) => name !== 'timestep_cond'),
  }
  writeFileSync(file, encodeModel({ ...model, graph }))
  const config = join(path, 'unet', 'config.json')
  writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), time_cond_proj_dim: null }))
  return path
}

const toy = { steps: 3, batch: 2, rank: 2, threads: 1, rate: 1e-2, pictures } as const

async function distil(teacher: string, name: string, options: Partial<DistilOptions> = {}) {
  const words: string[] = []
  const out = join(folder, name)
  await distilTeacher({ ...toy, teacher, out, say: line => words.push(line), ...options })
  return { out, words }
}

describe('distilling a teacher of somebody else', () => {
  const cases = [
    { name: 'today', learn: 'all', hasGuidance: false },
    { name: 'today', learn: 'adapters', hasGuidance: false },
    { name: 'half', learn: 'adapters', hasGuidance: true },
    { name: 'older', learn: 'all', hasGuidance: true },
  ] as const satisfies readonly { name: PipelineName; learn: 'all' | 'adapters'; hasGuidance: boolean }[]

  it.each(cases)(
    'ends in a folder that paints: $name, $learn, guidance inside: $hasGuidance',
    async each => {
      const { name, learn, hasGuidance } = each
      const own = join(folder, `${name}-${learn}`)
      const whole = assemblePipeline(name, own)
      const teacher = hasGuidance ? whole : withoutGuidance(whole)
      const { out, words } = await distil(teacher, `${name}-${learn}-student`, { learn })
      expect(words.join('\n')).toMatch(
        /3 pictures with captions.*\n.*M weights learn, 3 steps of 2\. About .* GB of memory/,
      )

      const before = await readModelFolder(teacher)
      const student = await readModelFolder(out)
      expect(student.guidanceDim).toBe(hasGuidance ? before.guidanceDim : 256)
      expect(student.ignored.filter(line => /scheduler|guidance/.test(line))).toEqual([])
      const [painted, strictly] = await paintedBy(out, [3, 9])
      expect(painted!.every(Number.isFinite)).toBe(true)
      expect(painted).not.toEqual(strictly)
    },
    120_000,
  )

  it.each(['dpm', 'dpm++'] as const)(
    'takes another solver, rungs and loss: %s',
    async solver => {
      const teacher = withoutGuidance(assemblePipeline('today', join(folder, `by-${solver}`)))
      const unet = async (options: Partial<DistilOptions>, name: string) => {
        const { out } = await distil(teacher, name, options)
        return readFileSync(join(out, 'unet', 'model.onnx'))
      }
      const plain = await unet({ steps: 1 }, `plain-${solver}`)
      expect(plain.equals(await unet({ steps: 1, skip: 100 }, `skip-${solver}`))).toBe(false)
      expect(plain.equals(await unet({ steps: 1, skip: 100, solver }, `solver-${solver}`))).toBe(false)
      expect(plain.equals(await unet({ steps: 1, distance: 'l2' }, `l2-${solver}`))).toBe(false)
      const student = join(folder, `solver-${solver}`)
      expect((await readModelFolder(student)).schedule.originalInferenceSteps).toBe(10)
      const [painted] = await paintedBy(student, [3])
      expect(painted!.every(Number.isFinite)).toBe(true)
    },
    120_000,
  )

  it(
    'goes on from a checkpoint to the bit',
    async () => {
      const teacher = withoutGuidance(assemblePipeline('today', join(folder, 'resumed')))
      const { out: straight } = await distil(teacher, 'straight')
      const stopped = new AbortController()
      stopped.abort()
      const { out } = await distil(teacher, 'stopped', { signal: stopped.signal })
      expect(existsSync(join(out, 'model_index.json'))).toBe(false)
      await distil(teacher, 'stopped')
      const bytes = (path: string) => readFileSync(join(path, 'unet', 'model.onnx'))
      expect(bytes(out).equals(bytes(straight))).toBe(true)
    },
    patient(120_000),
  )

  it(
    'refuses with words what memory does not hold',
    async () => {
      const teacher = assemblePipeline('today', join(folder, 'refused'))
      await expect(distil(teacher, 'none', { memoryBytes: 1e6 })).rejects.toThrow(
        /Expected about 0\.\d GB of free memory, found 0\.0 GB\. Use a smaller --batch than 2, --learn adapters/,
      )
    },
    patient(120_000),
  )
})

/** Latents that one caption and seed end in, with each guidance. */
async function paintedBy(path: string, guidances: readonly number[]): Promise<number[][]> {
  const model = await readModelFolder(path)
  const pipeline = await openPipeline(model, { device: 'cpu', threads: 1, upcast: true })
  const side = model.trainedSize / model.spatialFactor
  const size = { width: side, height: side }
  const painted: number[][] = []
  for (const guidance of guidances) {
    const asked = { ...pipeline, folder: { ...model, defaults: { ...model.defaults, guidance } } }
    const ask = { prompt: captions[0]!, seed: 7, side: model.trainedSize }
    const painting = paintWith(rows => pipeline.predict(rows, size, rows.length), ask, asked, createPaintContext(model))
    let next = await painting.next()
    while (!next.done) next = await painting.next()
    painted.push([...next.value.steps.at(-1)!])
  }
  await pipeline.release()
  return painted
}

describe('a guidance embedding for a UNet that has none', () => {
  it('changes nothing at first, and is learned beside all weights but the frequencies of time', async () => {
    const path = withoutGuidance(assemblePipeline('today', join(folder, 'embedded')))
    const model = decodeModel(readFileSync(join(path, 'unet', 'model.onnx')))
    const guided = takeGuidance(model, 16)
    const random = randomNumbers(3)
    const feed = (dims: readonly number[]) => ({
      dtype: 'float32' as const,
      dims,
      data: random(dims.reduce((product, size) => product * size, 1)),
    })
    const feeds = { sample: feed([1, 4, 8, 8]), timestep: feed([]), encoder_hidden_states: feed([1, 77, 16]) }
    const output = model.graph.outputs[0]!.name
    const plain = await run(encodeModel(model), feeds)
    const embedded = await run(encodeModel(guided), { ...feeds, timestep_cond: feed([1, 16]) })
    expect(embedded[output]!.data).toEqual(plain[output]!.data)

    const weights = weightsOf(guided.graph)
    const golden = load('pipelines/today/unet/model.onnx').graph.initializers
    const named = [...golden.keys()].filter(name => /\.(weight|bias)$/.test(name) && !name.includes('cond_proj'))
    expect(weights).toEqual(expect.arrayContaining(named))
    expect(weights).toContain('time_embedding.cond_proj.weight_t')
    const sizes = weights.map(name => guided.graph.initializers.get(name)!.dims)
    expect(sizes.every(dims => dims.length > 0)).toBe(true)
  })
})

describe('a folder of pictures', () => {
  it('reads captions beside the pictures', () => {
    expect(readPairs(pictures).map(({ caption }) => caption)).toEqual(captions)
  })

  it.each(['metadata.jsonl', 'captions.jsonl'])('reads captions from %s', name => {
    const listed = join(folder, name)
    mkdirSync(listed)
    writeFileSync(join(listed, 'a.png'), readFileSync(join(pictures, '0.png')))
    writeFileSync(join(listed, name), '{"file_name": "a.png", "text": "a house"}\n\n')
    expect(readPairs(listed)).toEqual([{ file: join(listed, 'a.png'), caption: 'a house' }])
    writeFileSync(join(listed, name), '{"file_name": "b.png", "caption": "a house"}\n')
    expect(() => readPairs(listed)).toThrow(/line 1: expected a picture at .*b\.png, found none/)
    writeFileSync(join(listed, name), 'a house\n')
    expect(() => readPairs(listed)).toThrow(/line 1: expected JSON, got a house/)
  })

  it('says which picture has no caption, and when there are none', () => {
    const bare = join(folder, 'bare')
    mkdirSync(bare)
    expect(() => readPairs(bare)).toThrow(/Expected pictures .* found none/)
    writeFileSync(join(bare, 'a.jpg'), '')
    expect(() => readPairs(bare)).toThrow(/none for 1 of 1, such as a\.jpg\. Write .*a\.txt/)
  })
})
