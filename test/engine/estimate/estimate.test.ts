import { describe, expect, it } from 'vitest'
import { lcmDefaults } from '../../../engine/diffusion/scheduler.ts'
import { callBytesAt, decodeMsAt, rowMsAt, rowsThatFit } from '../../../engine/estimate/calls.ts'
import {
  describeLearning,
  estimateLearning,
  learningFigures,
  refuseLearning,
} from '../../../engine/estimate/learning.ts'
import { checkPaintMemory, estimatePaint } from '../../../engine/estimate/paint.ts'
import { describeBytes } from '../../../engine/estimate/words.ts'
import { recipeFor } from '../../../engine/lcf/recipe.ts'
import type { ModelInfo } from '../../../engine/types/engine.ts'
import { type Measurements, nothingMeasured, withDecode, withStep } from '../../../engine/types/measurements.ts'
import { translateError } from '../../../language/errors/index.ts'
import { describeDuration } from '../../../protocol/durations.ts'

const [gb, side512, side256] = [1e9, 512 * 512, 256 * 256]
/** Stable Diffusion 1.5 in float32 on a CPU, as it was measured. */
const slow: Measurements = {
  steps: [
    { pixels: side256, rows: 1, rowMs: 1_400, calls: 8, bytes: 0.2 * gb },
    { pixels: side512, rows: 1, rowMs: 7_000, calls: 8, bytes: 1.1 * gb },
  ],
  decodes: [{ pixels: side512, ms: 9_000 }],
  loadedBytes: 4.0 * gb,
}
/** What estimates look at. */
function modelOf(unetBytes: number, { guidanceEmbedding = true, side = 512 } = {}): ModelInfo {
  const sizes = { default: { width: side, height: side }, min: side / 2, max: side * 2, multiple: 64 }
  const part = {
    part: 'unet',
    file: 'unet/model.onnx',
    bytes: unetBytes,
    precision: 'float32',
    inputs: [],
    outputs: [],
  }
  // The rest of a model says nothing of its costs.
  return {
    ...{ name: 'm', folder: '', sizes, guidanceEmbedding, schedule: lcmDefaults, parts: [part] },
    defaults: { steps: 4, guidance: 8.5, strength: 0.8 },
  } as unknown as ModelInfo
}
const sd15 = modelOf(3.44 * gb)
const request = { prompt: 'a house', seed: 1, guidance: 8.5, steps: 4, width: 512, height: 512 }

describe('measurements', () => {
  it('take the first call for planning, and then follow the last ones', () => {
    const call = { pixels: side256, rows: 2, bytes: 5 }
    const [first] = withStep(nothingMeasured, { ...call, ms: 1000 }).steps
    expect(first).toEqual({ pixels: side256, rows: 2, rowMs: 500, calls: 1, bytes: 5 })
    const second = withStep(withStep(nothingMeasured, { ...call, ms: 1000 }), { ...call, ms: 200, bytes: 9 })
    expect(second.steps).toEqual([{ pixels: side256, rows: 2, rowMs: 100, calls: 2, bytes: 5 }])
    const [third] = withStep(second, { ...call, ms: 400, bytes: 3 }).steps
    expect(third).toMatchObject({ rowMs: 110, calls: 3 })
  })

  it('of memory are those of the first call that is larger than all before, as memory is kept', () => {
    let known = withStep(nothingMeasured, { pixels: side512, rows: 1, ms: 1, bytes: 1000 })
    known = withStep(known, { pixels: side256, rows: 1, ms: 1, bytes: 1100 })
    known = withStep(known, { pixels: side512, rows: 2, ms: 1, bytes: 2000 })
    expect(known.steps.map(({ bytes }) => bytes)).toEqual([1000, null, 2000])
  })

  it('are kept for so many sizes', () => {
    let known = nothingMeasured
    for (let rows = 1; rows < 100; rows++) known = withStep(known, { pixels: side256, rows, ms: 1, bytes: null })
    expect(known.steps).toHaveLength(24)
    expect(known.steps.at(-1)).toMatchObject({ rows: 99 })
    expect(withDecode(withDecode(nothingMeasured, { pixels: 1, ms: 10 }), { pixels: 1, ms: 20 }).decodes).toEqual([
      { pixels: 1, ms: 13 },
    ])
  })
})

describe('a call', () => {
  it('takes what was measured, and elsewhere what follows from the nearest size', () => {
    expect(rowMsAt(slow, side512)).toBe(7_000)
    expect(rowMsAt(slow, 768 * 768)! / 1000).toBeCloseTo(7 * 2.25 ** 1.2, 5)
    expect(rowMsAt(nothingMeasured, side512)).toBeNull()
    expect(decodeMsAt(slow, side256)).toBe(2_250)
    expect(decodeMsAt({ ...slow, decodes: [] }, side256)).toBe(1_400)
  })

  it('needs no less memory than any smaller one, and no more than a larger one that was measured', () => {
    const sides = [128, 256, 384, 512, 640, 768, 1024]
    const bytes = sides.map(side => callBytesAt(slow, side * side, 1)!)
    expect(bytes).toEqual([...bytes].sort((a, b) => a - b))
    expect(bytes[3]).toBe(1.1 * gb)
    expect(callBytesAt(slow, side512, 8)! / gb).toBeCloseTo(8.8)
    expect(callBytesAt({ ...slow, steps: [{ ...slow.steps[0]!, bytes: null }] }, side512, 1)).toBeNull()
  })
})

it('a call has as many rows as fit beside the weights', () => {
  expect(rowsThatFit(slow, side512, 8 * gb)).toBe(3)
  expect(rowsThatFit(slow, side256, 8 * gb)).toBeGreaterThan(10)
  expect(rowsThatFit(slow, side512, null)).toBe(Number.POSITIVE_INFINITY)
  expect(rowsThatFit(nothingMeasured, side512, gb)).toBe(Number.POSITIVE_INFINITY)
})

describe('a picture', () => {
  it('takes its steps and its decoding, and twice the steps where guidance takes a second row', () => {
    expect(estimatePaint(request, sd15, slow)).toEqual({ ms: 4 * 7_000 + 9_000, bytes: 5.1 * gb })
    const twice = modelOf(3.44 * gb, { guidanceEmbedding: false })
    expect(estimatePaint(request, twice, slow).ms).toBe(8 * 7_000 + 9_000)
    expect(estimatePaint({ ...request, endStep: 1 }, sd15, slow).ms).toBe(7_000 + 9_000)
    expect(estimatePaint(request, sd15, nothingMeasured)).toEqual({ ms: null, bytes: null })
  })

  it('takes nine tiles for each step of a second pass', () => {
    const { ms } = estimatePaint({ ...request, upscale: { strength: 0.3 } }, sd15, slow)
    expect(ms).toBe((4 + 4 * 9) * 7_000 + 19 * 9_000)
  })

  it('that does not fit into memory is refused with the figures and what fits', () => {
    const large = { ...request, width: 1024, height: 1024 }
    expect(() => checkPaintMemory(large, sd15, slow, 8 * gb)).toThrow(
      'Expected a picture that fits into the 8.0 GB of memory here, got 1024×1024, which needs about 22 GB: 704×704 would fit.',
    )
    expect(() => checkPaintMemory(request, sd15, slow, 4 * gb)).toThrow('no size of this model fits')
    checkPaintMemory({ ...request, width: 704, height: 704 }, sd15, slow, 8 * gb)
    checkPaintMemory(large, sd15, slow, null)
    checkPaintMemory(large, sd15, nothingMeasured, 8 * gb)
  })
})

describe('learning a style', () => {
  const recipe = recipeFor(860e6)

  it('of a model of real size takes about a day and most of the memory, and what costs less is said', () => {
    const { ms, bytes, pieceMs } = estimateLearning({ recipe, pictures: 10 }, sd15, slow)
    expect(ms! / 3600_000).toBeGreaterThan(15)
    expect(ms! / 3600_000).toBeLessThan(30)
    expect(bytes! / gb).toBeGreaterThan(15)
    expect(bytes! / gb).toBeLessThan(21)
    expect(pieceMs).toBe(28_000)
    const words = describeLearning(learningFigures({ recipe, pictures: 10 }, sd15, slow, 24 * gb)!)
    expect(words).toMatch(
      /^About \d+ h on this device, \d+ GB of memory\. On a GPU it is a matter of minutes\. Here, on /,
    )
    expect(words).toMatch(/--size 256 takes about \d h; .*--method tint \(the colours alone\) takes about \d+ min\.$/)
  })

  it('offers no way that takes about as long', () => {
    // A busy machine with the model that ships: fewer pictures of its own save a minute of half an hour.
    const busy = modelOf(22e6, { side: 256 })
    const measured = { ...nothingMeasured, steps: [{ pixels: side256, rows: 1, rowMs: 170, calls: 9, bytes: null }] }
    const { ms, ways } = learningFigures({ recipe: recipeFor(11e6), pictures: 12 }, busy, measured, 24 * gb)!
    expect(ms).toBeGreaterThan(20 * 60_000)
    expect(ways.map(({ flags }) => flags)).not.toContain('--prior 24')
    expect(ways.length).toBeGreaterThan(0)
    for (const way of ways) expect(way.ms).toBeLessThan(0.75 * ms)
  })

  it('counts the texture, which takes as long whatever the model', () => {
    const msOf = (textureSteps: number, size = 512) =>
      estimateLearning({ recipe: { ...recipe, textureSteps, size }, pictures: 10 }, sd15, slow).ms!
    expect(msOf(400) - msOf(200)).toBeCloseTo(5_000)
    expect(msOf(1)).toBeGreaterThan(msOf(0))
    // No whole square of its ground.
    expect(msOf(400, 480)).toBe(msOf(0, 480))
    const tint = { ...recipe, method: 'tint', steps: 0 } as const
    const tintMs = (textureSteps: number) =>
      estimateLearning({ recipe: { ...tint, textureSteps }, pictures: 10 }, sd15, slow).ms
    expect(tintMs(400)).toBe(tintMs(0))
  })

  it('is refused where it does not fit, with what does', () => {
    const refusal = refuseLearning({ recipe, pictures: 10 }, sd15, slow, 16 * gb)!
    expect(refusal.code).toBe('learn/memory')
    expect(refusal.message).toMatch(
      /^This style cannot be learned on this device: it needs about \d+ GB of memory, and there are 16 GB\.$/,
    )
    expect(refusal.hint).toMatch(/^On the command/)
    expect(refusal.hint).not.toContain('--prior 24 takes')
    expect(refusal.hint).toContain('--method tint')
    // In other languages too.
    const { needed } = refusal.values!
    expect(translateError('de', refusal.payload).message).toContain(`Er braucht etwa ${needed} GB Speicher`)
    expect(refuseLearning({ recipe, pictures: 10 }, sd15, slow, 24 * gb)).toBeNull()
    const tint = recipeFor(860e6, { method: 'tint' })
    expect(refuseLearning({ recipe: tint, pictures: 10 }, sd15, slow, 16 * gb)).toBeNull()
  })

  it('is refused where its pieces would keep pictures waiting for longer than is promised', () => {
    const slower = { ...slow, steps: slow.steps.map(step => ({ ...step, rowMs: step.rowMs * 3 })) }
    const refusal = refuseLearning({ recipe, pictures: 10 }, sd15, slower, null)!
    expect(refusal.message).toContain("each piece of it would keep everybody's pictures waiting for about 85 s")
    expect(refusal.hint).toContain('--size 256 takes about')
    expect(translateError('fr', refusal.payload).message).toContain('environ 85 s')
  })

  it('of a small model is said in minutes, or not at all', () => {
    const quick = modelOf(22e6, { side: 256 })
    const measured = { ...nothingMeasured, steps: [{ pixels: side256, rows: 1, rowMs: 20, calls: 9, bytes: null }] }
    const figures = learningFigures({ recipe: recipeFor(6e6), pictures: 10 }, quick, measured, 24 * gb)
    expect(describeLearning(figures!)).toMatch(/^About [2-5] min on this device\.$/)
    expect(learningFigures({ recipe, pictures: 10 }, sd15, nothingMeasured, null)).toBeNull()
    expect(learningFigures({ recipe, pictures: 10 }, sd15, slow, null)).toMatchObject({ wantsGpu: false })
    expect(refuseLearning({ recipe, pictures: 10 }, sd15, nothingMeasured, gb)).toBeNull()
  })
})

it('figures are rounded as nobody knows them better', () => {
  expect([1000, 7_400, 41_000, 89_000, 120_000, 50 * 3600_000].map(describeDuration)).toEqual([
    '1 s',
    '7 s',
    '40 s',
    '90 s',
    '2 min',
    '50 h',
  ])
  expect([12e6, 3.2e8, 1.24e9, 18.4e9].map(describeBytes)).toEqual(['100 MB', '300 MB', '1.2 GB', '18 GB'])
})
