/** One gradient of algorithm 1 in arXiv 2310.04378, for a batch drawn from the dataset. */
import { consistency, factorsAt, noised } from '../../engine/lcf/consistency.ts'
import { stacked } from '../../engine/pipeline/feeds.ts'
import type { Gradient } from '../../onnx/optim/adam.ts'
import type { Random } from '../../onnx/optim/random.ts'
import { float32 } from '../../onnx/tensor.ts'
import { diffusionOf, skippingTimesteps } from '../solvers/diffusion.ts'
import { type SolverName, solvers } from '../solvers/index.ts'
import type { Predict } from '../solvers/odeStep.ts'
import { predictionAt } from '../solvers/prediction.ts'
import type { Dataset } from './encodedPairs.ts'
import type { Student } from './student.ts'
import type { Sample, Teacher } from './teacherModel.ts'

/** ω of the paper, section 5; guidance − 1. */
const omegaRange = [2, 14] as const

export interface StepOptions {
  readonly batch: number
  /** k, the timesteps between t and s. */
  readonly skip: number
  readonly solver: SolverName
}

/** Loss and gradients of the next batch; all chance comes from `random`. */
export function createDistillationStep(
  teacher: Teacher,
  student: Student,
  { latents, promptEmbeds, emptyEmbeds }: Dataset,
  { batch, skip, solver }: StepOptions,
): (random: Random) => Promise<{ readonly loss: number; readonly gradients: readonly Gradient[] }> {
  const { scheduler, latentShape, feeds, guidanceFeed } = teacher
  const diffusion = diffusionOf(scheduler)
  const teacherSolver = solvers[solver](diffusion)
  const perSample = (values: readonly number[]) => float32(Float32Array.from(values), [batch, 1, 1, 1])
  return async random => {
    const picked = Array.from({ length: batch }, () => random.below(latents.length))
    const from = skippingTimesteps(batch, skip, scheduler.config.numTrainTimesteps, random)
    const to = from.map(t => Math.max(0, t - skip))
    const omegas = picked.map(() => random.between(...omegaRange))
    const samples = picked.map((picture, at): Sample => {
      const x = latents[picture]!
      const noise = random.normals(new Float32Array(x.length))
      return {
        z: noised(x, noise, from[at]!, scheduler),
        timestep: from[at]!,
        promptEmbeds: promptEmbeds[picture]!,
      }
    })
    const samplesAt = (z: Float32Array, timesteps: readonly number[]) =>
      split(z, batch).map((z, at): Sample => ({ ...samples[at]!, z, timestep: timesteps[at]! }))

    // ẑ_s = Ψ(z_t, t → s)
    const predict: Predict = async (z, timesteps) => {
      const output = await teacher.predict(samplesAt(z, timesteps), omegas, emptyEmbeds)
      return predictionAt(diffusion, z, output, timesteps)
    }
    const next = samplesAt(await teacherSolver.step(predict, stacked(samples.map(({ z }) => z)), from, to), to)

    // f_θ⁻(ẑ_s, s, c, ω)
    const guidance = guidanceFeed(omegas)
    const outputs = split(await student.predictAverage({ ...feeds(next), ...guidance }), batch)
    const target = next.map(({ z, timestep }, at) => consistency(z, outputs[at]!, factorsAt(timestep, scheduler)))

    const factors = from.map(t => factorsAt(t, scheduler))
    return student.gradients({
      ...feeds(samples),
      ...guidance,
      of_sample: perSample(factors.map(({ ofSample }) => ofSample)),
      of_output: perSample(factors.map(({ ofOutput }) => ofOutput)),
      target: float32(stacked(target), [batch, ...latentShape]),
    })
  }
}

function split(values: Float32Array, count: number): Float32Array[] {
  const length = values.length / count
  return Array.from({ length: count }, (_, at) => values.subarray(at * length, (at + 1) * length))
}
