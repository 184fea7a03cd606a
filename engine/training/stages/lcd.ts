import { float32, int64 } from '../../tensor.ts'
import type { Tokenizer } from '../../tokenizer.ts'
import { captionOf, completeCaption, ownTokenizer } from '../captions.ts'
import { loadCheckpoint } from '../checkpoint.ts'
import { boundaryAt, noiseAt, schedule, trainTimesteps } from '../diffusion.ts'
import { type Latents, openLatents } from '../latents.ts'
import { trainLoop } from '../loop.ts'
import { pseudoHuber } from '../loss.ts'
import { Network, viewsOf, Weights } from '../networks/network.ts'
import { unet } from '../networks/unet.ts'
import { type Denoiser, followDenoiser, guidanceRows, openDecoder, openDenoiser, openReader } from '../painter.ts'
import { Random, seedOf } from '../random.ts'
import { writeSheet } from '../sheet.ts'
import { beliefOf, ddim, guide } from '../solvers.ts'
import { openTrainable } from '../trainable.ts'
import { filesOf, type Workspace } from '../workspace.ts'
import { sampleAt, trainedTeacher } from './teacher.ts'

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
  const { batch, adam, omega, guidanceSize, skip, huber } = recipe.lcd
  const tokenizer = await ownTokenizer(workspace)
  const latents = await openLatents(workspace)
  const shape = [batch, ...latents.shape]
  const length = latents.shape.reduce((product, size) => product * size, 1)

  const teacherWeights = trainedTeacher(workspace)
  const teacher = await openDenoiser(workspace, teacherWeights, 0)
  const read = await openReader(workspace, teacherWeights, tokenizer)
  const nothing = await read([''])

  const trainable = await openTrainable(
    studentWeights(workspace, teacherWeights),
    n => {
      const sample = n.input('sample', 'float32', shape)
      const v = recordStudent(n, workspace, sample, batch)
      // f = c_skip z + c_out (α z − σ v), its factors of z and v for each sample.
      const ofSample = n.input('of_sample', 'float32', [batch, 1, 1, 1])
      const ofV = n.input('of_v', 'float32', [batch, 1, 1, 1])
      const f = n.add(n.mul(ofSample, sample), n.mul(ofV, v))
      return pseudoHuber(n, f, n.input('target', 'float32', shape), huber)
    },
    { threads },
  )
  const target = await followDenoiser(
    workspace,
    new Weights(viewsOf(trainable.places, trainable.moments.average)),
    { places: trainable.places, flat: trainable.moments.average },
    guidanceSize,
  )

  const rungs = trainTimesteps / skip
  await trainLoop({
    stage: 'lcd',
    file: filesOf(workspace).lcd,
    resume: workspace.resume,
    seed: seedOf(recipe.seed, 3),
    batch,
    adam,
    recipe: recipe,
    moments: trainable.moments,
    checkpointSeconds: workspace.checkpointSeconds,
    signal: workspace.signal,
    onProgress: workspace.onProgress,
    async gradients(step, random) {
      const samples = Array.from({ length: batch }, (_, index) =>
        sampleAt(recipe.seed + 2, step * batch + index, latents.count),
      )
      const context = await read(samples.map(({ picture, captionSeed }) => captionOf(workspace, picture, captionSeed)))
      // Stratified over the rungs of the ladder, like the timesteps of the teacher.
      const from = samples.map((_, index) => (Math.floor(((index + random.uniform()) / batch) * rungs) + 1) * skip - 1)
      const to = from.map(t => Math.max(0, t - skip))
      const omegas = samples.map(() => random.between(omega[0], omega[1]))
      const z = new Float32Array(batch * length)
      const noise = random.normals(new Float32Array(batch * length))
      for (const [index, { picture }] of samples.entries()) {
        const { alpha, sigma } = noiseAt(from[index]!)
        for (let at = index * length; at < (index + 1) * length; at++) {
          z[at] = alpha * latents.values[picture * length + at - index * length]! + sigma * noise[at]!
        }
      }

      const zNext = await stepOfTeacher(teacher, { z, from, to, omegas, context, nothing })
      const vNext = await target.predict(zNext, to, context, omegas)
      return trainable.gradients({
        sample: float32(z, shape),
        timestep: int64(from),
        encoder_hidden_states: float32(context, [batch, recipe.text.length, recipe.text.size]),
        timestep_cond: float32(guidanceRows(omegas, guidanceSize), [batch, guidanceSize]),
        ...factors(from, batch),
        target: float32(consistency(zNext, vNext, to), shape),
      })
    },
    looked: step => lookAtStudent(workspace, latents, tokenizer, step),
  })
  await trainable.release()
}

interface TeacherStep {
  readonly z: Float32Array
  readonly from: readonly number[]
  readonly to: readonly number[]
  readonly omegas: readonly number[]
  readonly context: Float32Array
  /** Rows of the empty caption. */
  readonly nothing: Float32Array
}

/** Ψ: every sample from its own t to its own s, guided by its own ω. One call of the teacher for both predictions. */
async function stepOfTeacher(
  teacher: Denoiser,
  { z, from, to, omegas, context, nothing }: TeacherStep,
): Promise<Float32Array> {
  const batch = from.length
  const length = z.length / batch
  const without = new Float32Array(context.length)
  for (let index = 0; index < batch; index++) without.set(nothing, index * nothing.length)
  const v = await teacher.predict(concatenated(z, z), [...from, ...from], concatenated(context, without))
  const next = new Float32Array(z.length)
  for (let index = 0; index < batch; index++) {
    const own = z.subarray(index * length, (index + 1) * length)
    const believed = (row: number) => beliefOf(own, v.subarray(row * length, (row + 1) * length), from[index]!)
    next.set(ddim(guide(believed(index), believed(batch + index), omegas[index]!), to[index]!), index * length)
  }
  return next
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

function concatenated(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

function recordStudent(n: Network, { recipe }: Workspace, sample: ReturnType<Network['input']>, batch: number) {
  const { guidanceSize } = recipe.lcd
  const timestep = n.input('timestep', 'int64', [batch])
  const context = n.input('encoder_hidden_states', 'float32', [batch, recipe.text.length, recipe.text.size])
  const guidance = n.input('timestep_cond', 'float32', [batch, guidanceSize])
  return unet(n, { sample, timestep, context, guidance }, { ...recipe.unet, guidanceSize })
}

/** The teacher's UNet, and a projection of the guidance that begins at zero: at first the student is the teacher. */
function studentWeights(workspace: Workspace, teacher?: Weights): Weights {
  const known = teacher ? [...teacher.entries()].filter(([name]) => !name.startsWith('text_model.')) : []
  const weights = new Weights(known, new Random(workspace.recipe.seed))
  const { channels, sampleSize } = workspace.recipe.unet
  const n = new Network(weights)
  recordStudent(n, workspace, n.input('sample', 'float32', [1, channels, sampleSize, sampleSize]), 1)
  return weights
}

/** The student's averaged weights of the last checkpoint. */
export function trainedStudent(workspace: Workspace): Weights {
  const { places } = studentWeights(workspace, trainedTeacher(workspace)).flatten()
  return new Weights(viewsOf(places, loadCheckpoint(filesOf(workspace).lcd).arrays['average']!))
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
  const read = await openReader(workspace, trainedTeacher(workspace), tokenizer)
  const context = await read(Array.from({ length: count }, (_, index) => completeCaption(workspace, index)))
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
  await writeSheet(filesOf(workspace).sheet(`lcd-${step}`), pictures, workspace.recipe.pictures.size, count)
}
