/** Branches, variations and pictures of a step, painted alone on the real runtime. */
import { describe, expect, it } from 'vitest'
import type { PaintRequest } from '../../../engine/types/engine.ts'
import { costOf } from '../../../engine/types/request.ts'
import { paintAlone } from '../support/paintAlone.ts'
import { sharePipeline } from '../support/sharePipeline.ts'
import { writeTinyModel } from '../support/tinyModel.ts'

const model = writeTinyModel()
const shared = sharePipeline(model)

const base: PaintRequest = {
  ...{ owner: 'ann', priority: 'interactive', prompt: 'a red cat', seed: 1, steps: 4, guidance: 4 },
  ...{ width: 32, height: 32 },
}

/** The picture, and what was believed after each step. */
async function paintChanged(change: Partial<PaintRequest>) {
  const { picture, denoised } = await paintAlone(shared.pipeline, { ...base, ...change })
  return { picture: picture.data, steps: denoised.map(step => Buffer.from(step.slice().buffer).toString('base64')) }
}

const image = { width: 32, height: 32, data: Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 7) % 256) }
const { prompt, seed, guidance } = base

describe('a branch', () => {
  const changes: [string, Partial<PaintRequest>][] = [
    ['prompt', { prompt: 'blue' }],
    ['seed', { seed: 2 }],
    ['guidance', { guidance: 9 }],
  ]
  it.each(changes)(
    'with another %s has the first steps of its picture, bit by bit, and then its own',
    async (_, change) => {
      const parent = await paintChanged({})
      for (const untilStep of [1, 2, 3]) {
        const branch = await paintChanged({ ...change, prefix: [{ prompt, seed, guidance, untilStep }] })
        expect(branch.steps.slice(0, untilStep)).toEqual(parent.steps.slice(0, untilStep))
        expect(branch.steps[untilStep]).not.toBe(parent.steps[untilStep])
        expect(branch.picture).not.toEqual(parent.picture)
      }
    },
  )

  it('that changes nothing is its picture', async () => {
    for (const over of [{}, { image, strength: 0.5 }]) {
      const prefix = [{ prompt, seed, guidance, untilStep: 2 }]
      expect(await paintChanged({ ...over, prefix })).toEqual(await paintChanged(over))
    }
  })

  it('can be the branch of a branch', async () => {
    const first = { prompt, seed, guidance, untilStep: 1 }
    const second = { prompt: 'blue', seed: 5, guidance, untilStep: 3 }
    const branch = await paintChanged({ prompt: 'blue', seed: 5, prefix: [first] })
    const twig = await paintChanged({ seed: 9, prefix: [first, second] })
    expect(twig.steps.slice(0, 3)).toEqual(branch.steps.slice(0, 3))
    expect(twig.steps[3]).not.toBe(branch.steps[3])
  })
})

describe('a variation', () => {
  it('lies between the pictures of two seeds', async () => {
    const between = async (strength: number) => (await paintChanged({ variation: { seed: 2, strength } })).picture
    const [here, there] = [(await paintChanged({})).picture, (await paintChanged({ seed: 2 })).picture]
    expect(await between(0)).toEqual(here)
    expect(await between(1)).toEqual(there)
    const distance = (a: Uint8Array, b: Uint8Array) => a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0)
    const distances = []
    for (const strength of [0.1, 0.3, 0.6]) distances.push(distance(await between(strength), here))
    expect(distances).toEqual(distances.toSorted((a, b) => a - b))
    expect(distances[0]).toBeGreaterThan(0)
  })
})

describe('a picture of a step', () => {
  it('is what was believed then, and costs no more steps', async () => {
    const whole = await paintChanged({})
    const early = await paintChanged({ endStep: 2 })
    expect(early.steps).toEqual(whole.steps.slice(0, 2))
    expect(await paintChanged({ endStep: 4 })).toEqual(whole)
  })
})

describe('the cost of a request', () => {
  const mask = { width: 32, height: 32, data: new Uint8Array(1024) }
  it.each<[string, Partial<PaintRequest>, boolean, number]>([
    ['steps by pixels', {}, true, 4],
    ['twice that where guidance has a row of its own', {}, false, 8],
    ['but not at guidance 1', { guidance: 1 }, false, 4],
    ['only in the steps that are guided', { guidanceByStep: [4, 4, 1, 1] }, false, 6],
    ['as much again for each region', { regions: [{ prompt, guidance: 1, mask }] }, true, 8],
    ['nine times as much for each step of a second pass', { upscale: { strength: 0.4 } }, true, 4 + 9 * 4],
    ['nothing more where it only enlarges', { upscale: { strength: 0 } }, true, 4],
    ['what is visited', { endStep: 1 }, true, 1],
    ['what is listed', { timesteps: [999, 500, 100] }, true, 3],
    [
      'what the first steps of a branch cost',
      { guidance: 1, prefix: [{ prompt, seed, guidance, untilStep: 1 }] },
      false,
      5,
    ],
  ])('is %s', (_, change, guidanceEmbedding, rows) => {
    const { schedule } = shared.pipeline.folder
    expect(costOf({ ...base, ...change }, { guidanceEmbedding, schedule })).toBe(rows * 32 * 32)
  })
})
