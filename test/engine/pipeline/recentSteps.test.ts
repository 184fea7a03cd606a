/** Pictures that go on from steps that were painted lately, on the real runtime: at what cost, and that nobody can tell. */
import { describe, expect, it } from 'vitest'
import { createAdapterRegistry } from '../../../engine/lora/adapterRegistry.ts'
import { createPaintContext } from '../../../engine/pipeline/paintContext.ts'
import { createRecentSteps } from '../../../engine/pipeline/recentSteps.ts'
import type { PaintRequest } from '../../../engine/types/engine.ts'
import type { Adapter } from '../../../engine/types/styles.ts'
import { paintAlone } from '../support/paintAlone.ts'
import { sharePipeline } from '../support/sharePipeline.ts'
import { tiny, writeTinyModel } from '../support/tinyModel.ts'

const shared = sharePipeline(writeTinyModel({ projections: true }))

const base: PaintRequest = {
  ...{ owner: 'ann', priority: 'interactive', prompt: 'a red cat', seed: 1, steps: 4, guidance: 4 },
  ...{ width: 32, height: 32 },
}
const { prompt, seed, guidance } = base
const branch = (untilStep: number): Partial<PaintRequest> => ({
  ...{ prompt: 'blue', seed: 2, guidance: 9, reusesSteps: true },
  prefix: [{ prompt, seed, guidance, untilStep }],
})
const pixels = (step: number) => Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * step) % 256)
const image = { width: 32, height: 32, data: pixels(7) }
const mask = { width: 32, height: 32, data: Uint8Array.from({ length: 1024 }, (_, i) => i % 256) }

/** An adapter of the tiny model, of one rank, that takes its part in the colours too. */
function style(scale: number): Adapter {
  const { valuesPerRank } = shared.pipeline.styles!
  const values = Float32Array.from({ length: valuesPerRank }, (_, i) => scale * Math.sin(i))
  const length = tiny.channels * (tiny.channels + 1)
  return { rank: 1, values, tint: Float32Array.from({ length }, (_, i) => (i % 6 === 0 ? 0.7 : 0.1)) }
}

/** One engine's painter, which remembers the last steps that it painted. */
function openPainter(limitBytes?: number) {
  const adapters = createAdapterRegistry(shared.pipeline.styles)
  const context = createPaintContext(shared.pipeline.folder, adapters, createRecentSteps(limitBytes))
  const paint = async (...changes: Partial<PaintRequest>[]) => {
    const request = Object.assign({}, base, ...changes) as PaintRequest
    const { picture, predictions } = await paintAlone(shared.pipeline, request, context)
    return { picture: picture.data, predictions }
  }
  return { adapters, paint }
}

describe('a branch of a picture that was painted lately', () => {
  const cases: [string, Partial<PaintRequest>][] = [
    ['from noise', {}],
    ['over an image', { image, strength: 1 }],
    ['over the masked part of an image', { image, strength: 0.8, maskImage: mask }],
    ['of listed timesteps', { timesteps: [999, 700, 400, 100] }],
    ['with regions', { regions: [{ prompt: 'a boat', guidance: 2, mask, weight: 2 }] }],
    ['of a variation', { variation: { seed: 3, strength: 0.4 } }],
    ['with guidance by step', { guidanceByStep: [4, 3, 2, 1] }],
  ]
  it.each(cases)('%s costs the remaining steps, and is the same to the bit', async (_, change) => {
    for (const untilStep of [1, 2, 3]) {
      const { paint } = openPainter()
      const { regions, variation, guidanceByStep } = change
      const own = Object.fromEntries(
        Object.entries({ regions, variation, guidanceByStep }).filter(([, value]) => value),
      )
      const prefix = [{ prompt, seed, guidance, untilStep, ...own }]
      const changed = [change, branch(untilStep), { prefix }]
      const parent = await paint(change)
      const reused = await paint(...changed)
      const again = await paint(...changed, { reusesSteps: false })
      expect(again.predictions).toBe(4)
      expect(reused.predictions).toBe(4 - untilStep)
      expect(reused.picture).toEqual(again.picture)
      expect(reused.picture).toEqual((await openPainter().paint(...changed)).picture)
      expect(reused.picture).not.toEqual(parent.picture)
    }
  })

  it('and of that branch, and of a picture at twice the side', async () => {
    const { paint } = openPainter()
    await paint({})
    const first = await paint(branch(1))
    const prefix = [
      { prompt, seed, guidance, untilStep: 1 },
      { prompt: 'blue', seed: 2, guidance: 9, untilStep: 3 },
    ]
    const twig = await paint({ prefix, seed: 9, reusesSteps: true })
    expect([first.predictions, twig.predictions]).toEqual([3, 1])
    expect(twig.picture).toEqual((await openPainter().paint({ prefix, seed: 9 })).picture)
    const twice = { ...branch(2), upscale: { strength: 0.25 } }
    const larger = await paint(twice)
    const whole = await openPainter().paint(twice)
    expect(whole.predictions - larger.predictions).toBe(2)
    expect(larger.picture).toEqual(whole.picture)
  })

  it('goes on in a style, until the style is another', async () => {
    const { adapters, paint } = openPainter()
    adapters.register('ink', style(1))
    const styles = [{ id: 'ink', weight: 1 }]
    const inStyle = { prefix: [{ prompt, seed, guidance, styles, untilStep: 2 }] }
    await paint({ styles })
    const reused = await paint(branch(2), inStyle)
    expect(reused.predictions).toBe(2)
    expect(reused.picture).toEqual((await paint(branch(2), inStyle, { reusesSteps: false })).picture)
    adapters.register('ink', style(2))
    const relearned = await paint(branch(2), inStyle)
    expect(relearned.predictions).toBe(4)
    expect(relearned.picture).not.toEqual(reused.picture)
    const weaker = { prefix: [{ ...inStyle.prefix[0]!, styles: [{ id: 'ink', weight: 0.5 }] }] }
    expect((await paint(branch(2), weaker)).predictions).toBe(4)
  })

  const others: [string, Partial<PaintRequest>][] = [
    ['image', { image: { ...image, data: pixels(5) } }],
    ['mask', { maskImage: { ...mask, data: mask.data.map(value => 255 - value) } }],
    ['strength', { strength: 0.7 }],
    ['number of steps', { steps: 5 }],
    ['size', { width: 36, image: { ...image, width: 36, data: new Uint8Array(36 * 32 * 3) }, maskImage: undefined! }],
    ['seed', { prefix: [{ prompt, seed: 5, guidance, untilStep: 2 }] }],
    ['prompt', { prefix: [{ prompt: 'a cat', seed, guidance, untilStep: 2 }] }],
    ['guidance', { prefix: [{ prompt, seed, guidance: 5, untilStep: 2 }] }],
  ]
  it.each(others)('takes nothing from one with another %s', async (_, other) => {
    const { paint } = openPainter()
    const masked = { image, strength: 0.8, maskImage: mask }
    await paint(masked)
    expect((await paint(masked, branch(2))).predictions).toBe(2)
    const { predictions, picture } = await paint(masked, branch(2), other)
    expect(predictions).toBe(other.steps ?? 4)
    expect(picture).toEqual((await openPainter().paint(masked, branch(2), other)).picture)
  })
})

describe('steps that were shown', () => {
  it('cost nothing once their picture is there, and a picture goes on from its first one', async () => {
    const { paint } = openPainter()
    const early = await paint({ endStep: 1 })
    const whole = await paint({ reusesSteps: true })
    expect([early.predictions, whole.predictions]).toEqual([1, 3])
    expect(whole.picture).toEqual((await openPainter().paint()).picture)
    for (const endStep of [1, 2, 3]) {
      const shown = await paint({ endStep, reusesSteps: true })
      expect(shown.predictions).toBe(0)
      expect(shown.picture).toEqual((await openPainter().paint({ endStep })).picture)
    }
  })

  it('are painted again where nobody says that they may be reused', async () => {
    const { paint } = openPainter()
    await paint()
    expect((await paint()).predictions).toBe(4)
  })

  it('of live frames are not kept', async () => {
    const { paint } = openPainter()
    await paint({ priority: 'live' })
    expect((await paint(branch(2))).predictions).toBe(4)
  })

  it('take no more memory than they may: the oldest are painted again, as they were', async () => {
    const stepBytes = 4 * tiny.channels * (32 / tiny.factor) ** 2
    const { paint } = openPainter(4 * stepBytes)
    const parent = await paint()
    expect((await paint(branch(3), { seed: 2 })).predictions).toBe(1)
    // Another picture takes all the room.
    await paint({ seed: 50 })
    const late = await paint(branch(2))
    expect(late.predictions).toBe(4)
    expect(late.picture).toEqual((await openPainter().paint(branch(2))).picture)
    expect(late.picture).not.toEqual(parent.picture)
  })
})
