/** Classifier-free guidance (arXiv 2207.12598), in its two conventions. */
import { combine } from './prediction.ts'
import type { Sampler } from './sampler.ts'

/** In the LCM paper's convention, one ω for each sample: conditional + ω (conditional − unconditional). */
export function guided(
  conditional: Float32Array,
  unconditional: Float32Array,
  omegas: readonly number[],
): Float32Array {
  return combine(omegas.length, conditional, unconditional, index => [1 + omegas[index]!, -omegas[index]!])
}

/** A network's output for a batch of samples at one timestep, with its prompts or with the empty one. */
export type PredictGuided = (
  sample: Float32Array,
  timestep: number,
  prompt: 'conditional' | 'unconditional',
) => Promise<Float32Array>

/**
 * Samples in the Imagen convention, as diffusers: unconditional + guidance · (conditional − unconditional). At guidance
 * 1 the network is called once for each step, above it twice.
 */
export async function sampleGuided(
  predict: PredictGuided,
  sampler: Sampler,
  { noise, guidance }: { readonly noise: Float32Array; readonly guidance: number },
): Promise<Float32Array> {
  let sample = noise
  for (const [index, timestep] of sampler.timesteps.entries()) {
    let output = await predict(sample, timestep, 'conditional')
    if (guidance !== 1) {
      const unconditional = await predict(sample, timestep, 'unconditional')
      output = output.map((value, at) => unconditional[at]! + guidance * (value - unconditional[at]!))
    }
    sample = sampler.step(output, sample, index)
  }
  return sample
}
