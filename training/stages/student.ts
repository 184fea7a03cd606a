import { Random } from '../../onnx/optim/random.ts'
import type { Value } from '../../onnx/tape/tape.ts'
import { Network, Weights } from '../networks/network.ts'
import { unet } from '../networks/unet.ts'
import { guided } from '../solvers/guidance.ts'
import type { Workspace } from '../workspace/workspace.ts'
import type { Denoiser } from './denoiser.ts'

export function recordStudent(n: Network, { recipe }: Workspace, sample: Value, batch: number) {
  const { guidanceSize } = recipe.lcd
  const timestep = n.input('timestep', 'int64', [batch])
  const context = n.input('encoder_hidden_states', 'float32', [batch, recipe.text.length, recipe.text.size])
  const guidance = n.input('timestep_cond', 'float32', [batch, guidanceSize])
  return unet(n, { sample, timestep, context, guidance }, { ...recipe.unet, guidanceSize })
}

/** The teacher's UNet, and a projection of the guidance that begins at zero: at first the student is the teacher. */
export function studentWeights(workspace: Workspace, teacher?: Weights): Weights {
  const known = teacher ? [...teacher.entries()].filter(([name]) => !name.startsWith('text_model.')) : []
  const weights = new Weights(known, new Random(workspace.recipe.seed))
  const { channels, sampleSize } = workspace.recipe.unet
  const n = new Network(weights)
  recordStudent(n, workspace, n.input('sample', 'float32', [1, channels, sampleSize, sampleSize]), 1)
  return weights
}

interface PromptEmbeds {
  readonly omegas: readonly number[]
  readonly context: Float32Array
  /** Rows of the empty caption. */
  readonly nothing: Float32Array
}

/**
 * v of the teacher with its guidance inside, ω of every sample: one call for both predictions. There is guidance only in
 * an interval of timesteps (arXiv 2404.07724): at nearly pure noise it burns colours, at nearly none it makes speckles.
 */
export function guidedV(
  teacher: Denoiser,
  { omegas, context, nothing }: PromptEmbeds,
  [first, end]: readonly [number, number],
): (z: Float32Array, timesteps: readonly number[]) => Promise<Float32Array> {
  const without = new Float32Array(context.length)
  for (let index = 0; index < omegas.length; index++) without.set(nothing, index * nothing.length)
  const both = concatenated(context, without)
  return async (z, timesteps) => {
    const v = await teacher.predict(concatenated(z, z), [...timesteps, ...timesteps], both)
    const effective = omegas.map((omega, index) => (timesteps[index]! >= first && timesteps[index]! < end ? omega : 0))
    return guided(v.subarray(0, z.length), v.subarray(z.length), effective)
  }
}

function concatenated(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
