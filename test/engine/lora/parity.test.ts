/**
 * Against diffusers and peft, whose pictures tools/reference/styled.py made: the same LoRA files on the same pipeline
 * give the same pictures. Rounding to bytes alone costs up to 1/510 = 1.96e-3, as in ../parity.test.ts.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Batching, openBatching } from '../../../engine/batching/batching.ts'
import { createAdapterRegistry } from '../../../engine/lora/adapterRegistry.ts'
import { readSafetensors, writeSafetensors } from '../../../engine/lora/safetensors.ts'
import { importStyle } from '../../../engine/lora/styleFile.ts'
import { hashOf, readModelFolder } from '../../../engine/pipeline/modelFolder.ts'
import { openPipeline } from '../../../engine/pipeline/pipeline.ts'
import type { PaintRequest, PaintResult } from '../../../engine/types/engine.ts'

const fixtures = new URL('../../fixtures/', import.meta.url)
const pathOf = (name: string) => fileURLToPath(new URL(name, fixtures))
const tolerance = 2e-3

interface Case {
  readonly fused: string | null
  readonly styles: Readonly<Record<string, number>>
  readonly picture: { readonly offset: number; readonly shape: readonly number[] }
}
const goldens: {
  readonly ask: Pick<PaintRequest, 'prompt' | 'steps' | 'seed' | 'guidance' | 'width' | 'height'>
  cases: Case[]
} = JSON.parse(readFileSync(pathOf('styled/pictures.json'), 'utf8'))
const words = readFileSync(pathOf('styled/pictures.u16'))

function goldenOf({ picture: { offset, shape } }: Case): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1)
  return Float32Array.from({ length: count }, (_, i) => words.readUInt16LE((offset + i) * 2) / 65535)
}

describe.each([null, 'lcm', 'words'])('pictures with %s in the weights', fused => {
  const cases = goldens.cases.filter(each => each.fused === fused)

  async function openStudio() {
    const folder = await readModelFolder(pathOf('pipelines/today'), {
      lcmLora: fused === null ? [] : [pathOf(`styled/${fused}.safetensors`)],
    })
    const pipeline = await openPipeline(folder, { device: 'cpu', threads: 1, upcast: true })
    const shelf = createAdapterRegistry(pipeline.styles)
    for (const name of ['ink', 'chalk']) {
      const bytes = readFileSync(pathOf(`styled/${name}.safetensors`))
      shelf.register(name, importStyle(bytes, { ...pipeline.styles!, modelHash: '' }).adapter)
    }
    const batching = openBatching(pipeline, {
      batches: [1, 2, 4],
      model: { name: 'today', hash: '' },
      stepMs: 1,
      decodeMs: 1,
      adapters: shelf,
      onMixedBatch: () => undefined,
    })
    const close = async () => {
      await batching.close()
      await pipeline.release()
    }
    return { batching, close }
  }

  it('are those of diffusers, alone and in one batch of everybody', async () => {
    const studio = await openStudio()
    const alone: Uint8Array[] = []
    for (const each of cases) {
      const [picture] = await paintAll(studio.batching, [each])
      alone.push(picture!)
      expect(largestDifference(picture!, goldenOf(each)), JSON.stringify(each.styles)).toBeLessThanOrEqual(tolerance)
    }
    const together = await paintAll(studio.batching, cases)
    for (const [i, picture] of together.entries()) {
      expect(largestDifference(picture, goldenOf(cases[i]!))).toBeLessThanOrEqual(tolerance)
      expect(picture).toEqual(alone[i])
    }
    await studio.close()
  })
})

it('makes another model of a base with a LoRA in its weights', async () => {
  const plain = await readModelFolder(pathOf('pipelines/today'))
  const merged = await readModelFolder(pathOf('pipelines/today'), { lcmLora: [pathOf('styled/lcm.safetensors')] })
  expect(await hashOf(merged)).not.toBe(await hashOf(plain))
  expect(merged.unet.info).toEqual(plain.unet.info)
})

it('merges several one over the other: as many styles in the weights give what they give beside them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fourstroke-lora-'))
  const open = async (lcmLora: readonly string[]) => {
    const model = await readModelFolder(pathOf('pipelines/today'), {
      ...{ lcmLora: lcmLora.map(name => pathOf(`styled/${name}.safetensors`)), cacheFolder: folder },
    })
    return openPipeline(model, { device: 'cpu', threads: 1, upcast: true })
  }
  const [plain, merged, turned] = [await open([]), await open(['ink', 'chalk']), await open(['chalk', 'ink'])]
  const adapters = createAdapterRegistry(plain.styles)
  for (const name of ['ink', 'chalk']) {
    const bytes = readFileSync(pathOf(`styled/${name}.safetensors`))
    adapters.register(name, importStyle(bytes, { ...plain.styles!, modelHash: '' }).adapter)
  }
  const style = adapters.mix(['ink', 'chalk'].map(id => ({ id, weight: 1 })))
  const promptEmbeds = await plain.encodePrompt('a house')
  const { latentChannels, guidanceDim } = plain.folder
  const row = {
    ...{ sample: new Float32Array(latentChannels * 64).fill(0.5), timestep: 499, promptEmbeds },
    guidance: new Float32Array(guidanceDim!),
  }
  const size = { width: 8, height: 8 }
  const [expected] = await plain.predict([{ ...row, style }], size, 1)
  const [bare] = await plain.predict([row], size, 1)
  const apart = (values: Float32Array) =>
    values.reduce((most, value, i) => Math.max(most, Math.abs(value - expected![i]!)), 0)
  for (const pipeline of [merged, turned]) {
    expect(apart((await pipeline.predict([row], size, 1))[0]!)).toBeLessThan(1e-4)
  }
  expect(apart(bare!)).toBeGreaterThan(1e-2)
  expect(await hashOf(merged.folder)).not.toBe(await hashOf(plain.folder))
  for (const pipeline of [plain, merged, turned]) await pipeline.release()
  rmSync(folder, { recursive: true })
})

it('refuses a LoRA file that is not there, is none, or is of another model', async () => {
  const open = (file: string) => readModelFolder(pathOf('pipelines/today'), { lcmLora: [pathOf(file)] })
  await expect(open('styled/none.safetensors')).rejects.toMatchObject({ code: 'style/file' })
  await expect(open('styled/pictures.u16')).rejects.toMatchObject({ code: 'style/file' })
  await expect(open('styles/trained.safetensors')).rejects.toMatchObject({ code: 'style/file' })
})

it('refuses one for two text encoders where the model has one', async () => {
  const { tensors, metadata } = readSafetensors(readFileSync(pathOf('styled/lcm.safetensors')))
  const read = new Map([...tensors].map(([key, { shape, read }]) => [key, { shape, values: read() }]))
  read.set('lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_up.weight', { shape: [1], values: new Float32Array(1) })
  const folder = mkdtempSync(join(tmpdir(), 'fourstroke-lora-'))
  const lcmLora = join(folder, 'both.safetensors')
  writeFileSync(lcmLora, writeSafetensors(read, Object.fromEntries(metadata), 'F32'))
  await expect(readModelFolder(pathOf('pipelines/today'), { lcmLora: [lcmLora] })).rejects.toThrow(
    /one for two \(SDXL\)/,
  )
  rmSync(folder, { recursive: true })
})

async function paintAll(batching: Batching, cases: readonly Case[]): Promise<Uint8Array[]> {
  const ends = cases.map(
    ({ styles }, id) =>
      new Promise<PaintResult>(resolve =>
        batching.paint(
          id,
          {
            ...goldens.ask,
            owner: `person ${id}`,
            priority: 'interactive',
            styles: Object.entries(styles).map(([name, weight]) => ({ id: name, weight })),
          },
          { onStarted: () => undefined, onEnded: resolve },
        ),
      ),
  )
  return (await Promise.all(ends)).map(end => {
    if (end.type !== 'finished') throw new Error(`Expected a picture, got ${JSON.stringify(end)}`)
    return end.picture.data
  })
}

function largestDifference(bytes: Uint8Array, expected: Float32Array): number {
  expect(bytes.length).toBe(expected.length)
  return expected.reduce((most, value, at) => Math.max(most, Math.abs(bytes[at]! / 255 - value)), 0)
}
