import { describe, expect, it } from 'vitest'
import { earned, spent } from '../../../engine/batching/backgroundBudget.ts'
import { type Candidate, nextCall } from '../../../engine/batching/call.ts'
import { type PreviewSituation, previewKind } from '../../../engine/batching/previews.ts'
import type { StepRequest } from '../../../engine/pipeline/stepRequests.ts'
import type { Priority } from '../../../engine/types/engine.ts'

const nothing = new Float32Array(1)
const small = { width: 8, height: 8 }
const prompt: StepRequest = { type: 'promptEmbeds', prompt: 'a cat' }
const picture: StepRequest = { type: 'picture', latents: nothing, size: small, autoencoder: 'full' }
const row = { sample: nothing, timestep: 999, promptEmbeds: nothing, guidance: undefined }
const prediction = (size = small, rows = 1): StepRequest => ({
  type: 'prediction',
  rows: new Array(rows).fill(row),
  size,
})

type Named = Candidate & { readonly name: string }
const candidate = (name: string, step: StepRequest, priority: Priority = 'interactive'): Named => ({
  name,
  step,
  priority,
})
const namesOf = (call: readonly Named[]) => call.map(({ name }) => name).join('')

describe('the next call', () => {
  it('finishes pictures first, then encodes prompts one by one, then steps everybody together', () => {
    const all = [candidate('a', prediction()), candidate('b', prompt), candidate('c', picture), candidate('d', prompt)]
    expect(namesOf(nextCall(all, () => 8))).toBe('c')
    expect(namesOf(nextCall([all[0]!, all[1]!, all[3]!], () => 8))).toBe('b')
    expect(namesOf(nextCall([all[0]!, candidate('e', prediction())], () => 8))).toBe('ae')
  })

  it('holds one size of picture only, and no more than fit', () => {
    const wide = { width: 16, height: 8 }
    const all = [candidate('a', prediction()), candidate('b', prediction(wide)), candidate('c', prediction())]
    expect(namesOf(nextCall(all, () => 8))).toBe('ac')
    expect(namesOf(nextCall(all, () => 1))).toBe('a')
  })

  it('counts rows, of which guidance and regions need several, and leaves nobody out who has more than fit', () => {
    const [guided, big] = [candidate('g', prediction(small, 2)), candidate('r', prediction(small, 18))]
    expect(namesOf(nextCall([guided, big, candidate('a', prediction()), candidate('b', prediction())], () => 3))).toBe(
      'ga',
    )
    expect(namesOf(nextCall([big, guided], () => 8))).toBe('r')
  })

  it('is led by who waits in person; background work does not ride along', () => {
    const all = [
      candidate('b', prediction(), 'background'),
      candidate('l', prediction(), 'live'),
      candidate('i', prediction()),
    ]
    expect(namesOf(nextCall(all, () => 8))).toBe('li')
    expect(namesOf(nextCall([], () => 8))).toBe('')
  })
})

describe('the budget of background work', () => {
  it('is a tenth of all time under full load, and is not saved up while nobody waits', () => {
    const afterCalls = Array.from({ length: 90 }).reduce<number>(budget => earned(budget, 10), 0)
    expect(afterCalls).toBeCloseTo(100)
    expect(spent(100, 40, true)).toBe(60)
    expect(spent(100, 40, false)).toBe(-40)
  })
})

describe('a preview', () => {
  const alone: PreviewSituation = { wanted: 'decoded', isLastStep: false, isAlone: true, decodeMs: 20, stepMs: 30 }
  it.each<[string, Partial<PreviewSituation>, string]>([
    ['is decoded for one who is alone', {}, 'decoded'],
    ['is left out at the last step, which the picture itself follows', { isLastStep: true }, 'none'],
    ['is a linear map where others would wait', { isAlone: false }, 'latent'],
    ['is a linear map where the decoder is slow', { decodeMs: 60 }, 'latent'],
    ['is decoded where a step takes long anyway', { decodeMs: 60, stepMs: 200 }, 'decoded'],
    ['is a linear map for who wants one, the last step included', { wanted: 'latent', isLastStep: true }, 'latent'],
    ['is none for who wants none', { wanted: undefined }, 'none'],
  ])('%s', (_, changes, kind) => {
    expect(previewKind({ ...alone, ...changes })).toBe(kind)
  })
})
