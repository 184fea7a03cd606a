/** Pictures whose steps have several rows, on the real runtime: among others each is what it is alone. */
import { describe, expect, it } from 'vitest'
import { createAdapterRegistry } from '../../../engine/lora/adapterRegistry.ts'
import type { Mask, PaintRequest } from '../../../engine/types/engine.ts'
import { paintTogether } from '../support/paintTogether.ts'
import { sharePipeline } from '../support/sharePipeline.ts'
import { writeTinyModel } from '../support/tinyModel.ts'

const model = writeTinyModel({ guidance: false, projections: true })
const shared = sharePipeline(model)

const base: PaintRequest = {
  ...{ owner: 'ann', priority: 'interactive', prompt: 'a red cat', seed: 1, steps: 4, guidance: 1 },
  ...{ width: 32, height: 32 },
}
const maskOf = (white: (x: number, y: number) => boolean): Mask => ({
  ...{ width: 32, height: 32 },
  data: Uint8Array.from({ length: 32 * 32 }, (_, i) => (white(i % 32, Math.floor(i / 32)) ? 255 : 0)),
})
const everywhere = maskOf(() => true)
const left = maskOf(x => x < 16)
const right = maskOf(x => x >= 16)

/** Paints these together, with calls of at most so many rows. */
async function together(requests: readonly Partial<PaintRequest>[], batches = [1, 2, 4, 8]) {
  const adapters = createAdapterRegistry(shared.pipeline.styles)
  const { maxRank, valuesPerRank } = shared.pipeline.styles!
  for (const [id, value] of [
    ['ink', 0.02],
    ['chalk', -0.03],
  ] as const) {
    adapters.register(id, { rank: maxRank, values: new Float32Array(maxRank * valuesPerRank).fill(value) })
  }
  const painted = await paintTogether(
    shared.pipeline,
    requests.map(request => ({ ...base, ...request })),
    { batches, adapters },
  )
  return painted.map(({ picture }) => picture.data)
}
const alone = async (request: Partial<PaintRequest>) => (await together([request]))[0]!

describe('pictures with several rows in a step', () => {
  it('are the same alone and together, in large calls and in small ones', async () => {
    const requests: Partial<PaintRequest>[] = [
      { guidance: 3 },
      { guidance: 3, negativePrompt: 'blue', seed: 2, styles: [{ id: 'ink', weight: 1 }] },
      { seed: 3 },
      { seed: 4, steps: 2, guidance: 2, regions: [{ prompt: 'blue', guidance: 4, mask: left }] },
      { seed: 5, guidanceByStep: [4, 2, 1, 1] },
    ]
    const pictures = [...(await together(requests))]
    for (const [at, request] of requests.entries()) expect(pictures[at]).toEqual(await alone(request))
    expect(await together(requests, [1])).toEqual(pictures)
    expect(await together(requests, [2])).toEqual(pictures)
    expect(new Set(pictures.map(data => data.join()))).toHaveLength(requests.length)
  })

  it('are guided by what the negative prompt says', async () => {
    const guided = await alone({ guidance: 3 })
    expect(await alone({ guidance: 3, negativePrompt: '' })).toEqual(guided)
    expect(await alone({ guidance: 3, negativePrompt: 'blue' })).not.toEqual(guided)
    expect(await alone({ guidanceByStep: [3, 3, 3, 3] })).toEqual(guided)
    expect(await alone({ guidanceByStep: [3, 3, 3, 1] })).not.toEqual(guided)
  })
})

describe('regions', () => {
  it('that all say the same add up to the picture without them', async () => {
    const prompt = { prompt: base.prompt, guidance: 3 }
    const regions = [
      { ...prompt, mask: left },
      { ...prompt, mask: right, weight: 2 },
      { ...prompt, mask: everywhere, weight: 0.3 },
    ]
    expect(await alone({ guidance: 3, regions })).toEqual(await alone({ guidance: 3 }))
  })

  it('that cover all are their prompt, and elsewhere nothing of it', async () => {
    const blue = await alone({ prompt: 'blue' })
    expect(await alone({ regions: [{ prompt: 'blue', guidance: 1, mask: everywhere }] })).toEqual(blue)
    const half = await alone({ regions: [{ prompt: 'blue', guidance: 1, mask: left }] })
    expect(half).not.toEqual(blue)
    expect(half).not.toEqual(await alone({}))
  })

  it('have guidance of their own, for all steps or for each', async () => {
    const prompt = { prompt: base.prompt, mask: everywhere }
    const guidanceByStep = [4, 3, 2, 1]
    const byStep = await alone({ guidanceByStep })
    expect(await alone({ regions: [{ ...prompt, guidance: 1, guidanceByStep }] })).toEqual(byStep)
    expect(await alone({ guidanceByStep, regions: [{ ...prompt, guidance: 3 }] })).toEqual(await alone({ guidance: 3 }))
    const half = await alone({ guidance: 3, regions: [{ ...prompt, mask: left, guidance: 1, guidanceByStep }] })
    expect(half).not.toEqual(byStep)
    expect(half).not.toEqual(await alone({ guidance: 3 }))
  })

  it('have styles of their own', async () => {
    const styles = [{ id: 'ink', weight: 1 }]
    const prompt = { prompt: base.prompt, guidance: 1 }
    const inked = await alone({ styles })
    expect(await alone({ regions: [{ ...prompt, styles, mask: everywhere }] })).toEqual(inked)
    const both = await alone({
      styles,
      regions: [{ ...prompt, styles: [{ id: 'chalk', weight: 1 }], mask: right }],
    })
    expect(both).not.toEqual(inked)
  })
})
