/** Against transformers' CLIPImageProcessor and diffusers' StableDiffusionSafetyChecker (tools/reference/safety.py). */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type ClipImageConfig, clipImage } from '../../../engine/pipeline/clipImage.ts'
import { readModelFolder } from '../../../engine/pipeline/modelFolder.ts'
import { safetyCheckerOf } from '../../../engine/pipeline/safetyChecker.ts'
import type { Rgb } from '../../../engine/types/engine.ts'
import { assemblePipeline } from '../../support/pipelines.ts'
import { temporaryFolder } from '../../support/studio.ts'

interface Case {
  readonly width: number
  readonly height: number
  readonly seed: number
  readonly config?: ClipImageConfig
  readonly pixels: { readonly offset: number; readonly shape: readonly [number, number, number] }
  readonly hasNsfwConcepts?: boolean
}
const goldens = new URL('../../fixtures/goldens/', import.meta.url)
const { cases }: { cases: Case[] } = JSON.parse(readFileSync(new URL('safety.json', goldens), 'utf8'))
const values = readFileSync(new URL('safety.f32', goldens))

/** As `draw` of tools/reference/safety.py. */
function draw({ width, height, seed }: Case): Rgb {
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < data.length; i++) {
    const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)]
    data[i] = (x * (seed + c * 5) + y * (7 + seed * 3) + Math.floor((x * y * (c + 1)) / (3 + seed))) % 256
  }
  return { width, height, data }
}
const processor = { size: { shortest_edge: 28 }, crop_size: 28 }

const { folder, remove } = temporaryFolder()
afterAll(remove)
const checked = assemblePipeline('checked', folder)
const options = { provider: 'cpu', threads: 1, upcast: true } as const

describe('pictures as CLIP looks at them', () => {
  it.each(cases)('are those of CLIPImageProcessor: $width × $height, $config', golden => {
    const seen = clipImage(draw(golden), { ...processor, ...golden.config })
    const { offset, shape } = golden.pixels
    expect([3, seen.height, seen.width]).toEqual(shape)
    let worst = 0
    for (const [i, value] of seen.planes.entries())
      worst = Math.max(worst, Math.abs(value - values.readFloatLE((offset + i) * 4)))
    // A byte is 1/255/0.27 = 1.4e-2: every one of them is the same.
    expect(worst).toBeLessThan(1e-6)
  })
})

describe('the safety checker of a model folder', () => {
  const asExported = cases.filter(({ config, hasNsfwConcepts }) => !config && hasNsfwConcepts !== undefined)

  it('finds what diffusers finds', async () => {
    const checker = safetyCheckerOf(checked, options)
    const found: boolean[] = []
    for (const golden of asExported) found.push(await checker.detectNsfw(draw(golden)))
    await checker.release()
    expect(new Set(found)).toEqual(new Set([true, false]))
    expect(found).toEqual(asExported.map(({ hasNsfwConcepts }) => hasNsfwConcepts))
  })

  it('is announced where there is one, and said to be missing where only its name is there', async () => {
    expect(await readModelFolder(checked)).toMatchObject({ hasSafetyChecker: true, ignored: [] })
    const named = assemblePipeline('today', folder)
    const index = JSON.parse(readFileSync(join(named, 'model_index.json'), 'utf8'))
    const safety_checker = ['stable_diffusion', 'StableDiffusionSafetyChecker']
    writeFileSync(join(named, 'model_index.json'), JSON.stringify({ ...index, safety_checker }))
    const { hasSafetyChecker, ignored } = await readModelFolder(named)
    expect(hasSafetyChecker).toBe(false)
    expect(ignored).toContainEqual(expect.stringContaining('safety_checker/model.onnx'))
  })

  it('lets nothing pass where it cannot be opened, and is tried again', async () => {
    const broken = assemblePipeline('checked', join(folder, 'broken'))
    const graph = join(broken, 'safety_checker', 'model.onnx')
    const bytes = readFileSync(graph)
    writeFileSync(graph, 'no graph')
    const checker = safetyCheckerOf(broken, options)
    const expected = { code: 'model/broken', message: expect.stringContaining('safety_checker') }
    await expect(checker.detectNsfw(draw(cases[0]!))).rejects.toMatchObject(expected)
    writeFileSync(graph, bytes)
    expect(await checker.detectNsfw(draw(cases[0]!))).toBe(cases[0]!.hasNsfwConcepts)
    await checker.release()
    rmSync(broken, { recursive: true })
  })
})
