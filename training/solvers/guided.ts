import type { Solver } from './solver.ts'

/** A network's output for a batch of samples at one timestep, with the words or without. */
export type Predict = (sample: Float32Array, timestep: number, words: 'with' | 'without') => Promise<Float32Array>

/**
 * Samples by a solver with classifier-free guidance (arXiv 2207.12598) in the Imagen convention, as diffusers:
 * without + guidance · (with − without). At guidance 1 the network is asked once for each step, above it twice.
 */
export async function sampleGuided(
  predict: Predict,
  solver: Solver,
  { noise, guidance }: { readonly noise: Float32Array; readonly guidance: number },
): Promise<Float32Array> {
  let sample = noise
  for (const [index, timestep] of solver.timesteps.entries()) {
    let output = await predict(sample, timestep, 'with')
    if (guidance !== 1) {
      const without = await predict(sample, timestep, 'without')
      output = output.map((value, at) => without[at]! + guidance * (value - without[at]!))
    }
    sample = solver.step(output, sample, index)
  }
  return sample
}
