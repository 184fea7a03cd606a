import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { embedGuidance } from '../../../engine/diffusion/guidance.ts'

// numpy in float32, and diffusers' get_guidance_scale_embedding(torch.tensor([7.5]), 256)
it('embeds guidance 8.5 as w = 7.5 in the float32 order of torch', () => {
  const embedding = embedGuidance(8.5, 256)
  const expected: [number, number][] = [
    [0, -0.8512359],
    [1, 0.8421312],
    [2, 0.011388],
    [3, 0.9924369],
    [127, 0.6816387],
    [128, -0.5247833],
    [129, 0.5392727],
    [130, -0.9999352],
    [131, -0.1227562],
    [255, 0.7316889],
  ]
  for (const [i, value] of expected) expect(Math.abs(embedding[i]! - value)).toBeLessThan(1e-3)
})

const goldens: { cases: { guidance: number; size: number; embedding: number[] }[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/goldens/guidance.json', import.meta.url), 'utf8'),
)
it.each(goldens.cases)(
  'embeds guidance $guidance in $size numbers as diffusers does',
  ({ guidance, size, embedding }) => {
    const ours = embedGuidance(guidance, size)
    expect(ours).toHaveLength(embedding.length)
    expect(ours.reduce((most, x, i) => Math.max(most, Math.abs(x - embedding[i]!)), 0)).toBeLessThan(1e-3)
  },
)

it('fills an odd dimension with a zero', () => {
  const embedding = embedGuidance(4, 9)
  expect(embedding).toHaveLength(9)
  expect(embedding[8]).toBe(0)
})
