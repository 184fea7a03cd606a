import type { Tokenizer } from '../../engine/pipeline/tokenizer.ts'
import { loadCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { distance } from '../../onnx/optim/loss.ts'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import type { Value } from '../../onnx/tape/tape.ts'
import { float32 } from '../../onnx/tensor.ts'
import { openTrainable } from '../loop/trainable.ts'
import { trainLoop } from '../loop/trainLoop.ts'
import { type Network, viewsOf, Weights } from '../networks/network.ts'
import { boundaryAt, diffusion, noiseAt, schedule } from '../solvers/diffusion.ts'
import { solvers } from '../solvers/index.ts'
import type { Predict } from '../solvers/odeStep.ts'
import { predictionAt } from '../solvers/prediction.ts'
import { completeCaption, tokensOf } from '../workspace/captions.ts'
import { writeSheet } from '../workspace/sheet.ts'
import { filesOf, type Workspace } from '../workspace/workspace.ts'
import { followDenoiser, openDecoder, openDenoiser, openTextEncoder } from './denoiser.ts'
import { openDistillation } from './distillation.ts'
import { trainedGuidance } from './guidance.ts'
import type { Latents } from './latents.ts'
import { recordStudent, studentWeights } from './student.ts'
import { trainedTeacher } from './teacher.ts'

/**
 * Latent consistency distillation, algorithm 1 of "Latent Consistency Models" (arXiv 2310.04378). Where the teacher
 * walks down the ODE step by step, the student f(z, t, c, ω) learns to point at its end from everywhere:
 *
 *   d( f_θ(z_t, t, c, ω), f_θ⁻(ẑ_s, s, c, ω) ),   ẑ_s = one guided solver step of the teacher from t to s = t − k
 *
 * with θ⁻ the moving average of θ, and f(z, 0) = z to hold on to.
 */
export async function distil(workspace: Workspace): Promise<void> {
  const { recipe, threads } = workspace
  const { batch, adam, guidanceSize, guidedBetween, skip, solver } = recipe.lcd
  const source = await openDistillation(workspace)
  const weights = studentWeights(workspace, source.teacherWeights)
  const hearing = trainedGuidance(workspace)
  if (hearing) weights.take(hearing)
  const trainable = await openTrainable(weights, n => consistencyLoss(n, workspace), { threads })
  const target = await followDenoiser(
    workspace,
    new Weights(viewsOf(trainable.places, trainable.optimizerState.average)),
    { places: trainable.places, flat: trainable.optimizerState.average },
    guidanceSize,
  )

  const teacherSolver = solvers[solver](diffusion)
  await trainLoop({
    ...workspace,
    stage: 'lcd',
    file: filesOf(workspace).lcd,
    seed: seedOf(recipe.seed, 3),
    batch,
    adam,
    optimizerState: trainable.optimizerState,
    async gradients(step, random) {
      const sample = await source.take(step, random)
      const { z, from, omegas, context } = sample
      const to = from.map(t => Math.max(0, t - skip))
      const teacherV = sample.teacherV(guidedBetween)
      const predict: Predict = async (z, timesteps) =>
        predictionAt(diffusion, z, await teacherV(z, timesteps), timesteps)
      const zNext = await teacherSolver.step(predict, z, from, to)
      const vNext = await target.predict(zNext, to, context, omegas)
      const feeds = source.feeds(sample, consistency(zNext, vNext, to))
      const found = await trainable.gradients({ ...feeds, ...factors(from, batch) })
      source.prepare(step + 1, random)
      return found
    },
    looked: step => lookAtStudent(workspace, source.latents, source.tokenizer, step),
  }).finally(source.release)
  for (const opened of [trainable, target]) await opened.release()
}

/** f(z, t) from the network's v: c_skip z + c_out x̂₀. */
export function consistency(z: Float32Array, v: Float32Array, timesteps: readonly number[]): Float32Array {
  const length = z.length / timesteps.length
  const { ofSample, ofV } = factorsAt(timesteps)
  return z.map((value, at) => {
    const index = Math.floor(at / length)
    return ofSample[index]! * value + ofV[index]! * v[at]!
  })
}

function factorsAt(timesteps: readonly number[]) {
  const of = timesteps.map(t => ({ ...boundaryAt(t), ...noiseAt(t) }))
  return {
    ofSample: Float32Array.from(of, ({ cSkip, cOut, alpha }) => cSkip + cOut * alpha),
    ofV: Float32Array.from(of, ({ cOut, sigma }) => -cOut * sigma),
  }
}

function factors(timesteps: readonly number[], batch: number) {
  const { ofSample, ofV } = factorsAt(timesteps)
  return { of_sample: float32(ofSample, [batch, 1, 1, 1]), of_v: float32(ofV, [batch, 1, 1, 1]) }
}

/** d(f_θ(z, t, c, ω), target) with f = c_skip z + c_out (α z − σ v), whose factors of z and v come with each sample. */
export function consistencyLoss(n: Network, workspace: Workspace): Value {
  const { batch, distance: d } = workspace.recipe.lcd
  const { channels, sampleSize } = workspace.recipe.unet
  const shape = [batch, channels, sampleSize, sampleSize]
  const sample = n.input('sample', 'float32', shape)
  const v = recordStudent(n, workspace, sample, batch)
  const ofSample = n.input('of_sample', 'float32', [batch, 1, 1, 1])
  const ofV = n.input('of_v', 'float32', [batch, 1, 1, 1])
  const f = n.add(n.mul(ofSample, sample), n.mul(ofV, v))
  return distance(n, f, n.input('target', 'float32', shape), d)
}

/** The student's averaged weights of the last checkpoint, with as much of those that it began with as the recipe says. */
export function trainedStudent(workspace: Workspace): Weights {
  const { distilledShare: share } = workspace.recipe.lcd
  const start = studentWeights(workspace, trainedTeacher(workspace))
  const hearing = trainedGuidance(workspace)
  if (hearing) start.take(hearing)
  const { flat, places } = start.flatten()
  const distilled = loadCheckpoint(filesOf(workspace).lcd).arrays['average']!
  const mean = flat.map((value, at) => (1 - share) * value + share * distilled[at]!)
  return new Weights(viewsOf(places, mean))
}

/** Twelve captions in 1, 2, 4 and 8 steps, one row each. */
async function lookAtStudent(
  workspace: Workspace,
  latents: Latents,
  tokenizer: Tokenizer,
  step: number,
): Promise<void> {
  const count = 12
  const length = latents.shape.reduce((product, size) => product * size, 1)
  const denoiser = await openDenoiser(workspace, trainedStudent(workspace), workspace.recipe.lcd.guidanceSize)
  const read = await openTextEncoder(workspace, trainedTeacher(workspace))
  const captions = Array.from({ length: count }, (_, index) => completeCaption(workspace, index))
  const context = await read(tokensOf(tokenizer, captions))
  const omegas = Array.from({ length: count }, () => 2)
  const decode = await openDecoder(workspace)
  const pictures: Uint8Array[] = []
  for (const steps of [1, 2, 4, 8]) {
    const random = new Random(7)
    let z = random.normals(new Float32Array(count * length))
    let denoised = z
    const timesteps = schedule.timesteps({ steps })
    for (const [index, t] of timesteps.entries()) {
      denoised = schedule.denoise(
        await denoiser.predict(
          z,
          omegas.map(() => t),
          context,
          omegas,
        ),
        z,
        t,
      )
      const next = timesteps[index + 1]
      if (next !== undefined) z = schedule.addNoise(denoised, random.normals(new Float32Array(z.length)), next)
    }
    pictures.push(...(await decode(denoised)))
  }
  for (const opened of [denoiser, read, decode]) await opened.release()
  await writeSheet(filesOf(workspace).sheet(`lcd-${step}`), pictures, workspace.recipe.pictures.size, count)
}
