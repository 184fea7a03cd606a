import { expect, it } from 'vitest'
import type { Denoiser } from '../../training/stages/denoiser.ts'
import { guidedV } from '../../training/stages/student.ts'

/** A denoiser that says 3 with words and 1 without, whatever it is shown. */
const denoiser: Denoiser = {
  predict: async (sample, timesteps, context) => {
    const [length, words] = [sample.length / timesteps.length, context.length / timesteps.length]
    return sample.map((_, at) => (context[Math.floor(at / length) * words] === 0 ? 1 : 3))
  },
  release: async () => undefined,
}
const words = { omegas: [0, 2, 2, 2, 2], context: new Float32Array(10).fill(1), nothing: new Float32Array(2) }

it("guides by each sample's own ω in an interval of timesteps, and not at all outside", async () => {
  const v = await guidedV(denoiser, words, [300, 850])(new Float32Array(10), [499, 849, 850, 300, 299])
  expect([...v]).toEqual([3, 3, 7, 7, 3, 3, 7, 7, 3, 3])
})
