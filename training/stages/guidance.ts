import { existsSync } from 'node:fs'
import { loadCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { distance } from '../../onnx/optim/loss.ts'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import { float32, int64 } from '../../onnx/tensor.ts'
import { openTrainable } from '../loop/trainable.ts'
import { trainLoop } from '../loop/trainLoop.ts'
import { viewsOf, Weights } from '../networks/network.ts'
import { ownTokenizer, tokensOf } from '../workspace/captions.ts'
import { filesOf, type Workspace } from '../workspace/workspace.ts'
import { guidanceRows, openDenoiser, openTextEncoder } from './denoiser.ts'
import { openLatents } from './latents.ts'
import { openPrefetcher } from './prefetcher.ts'
import { guidedV, recordStudent, studentWeights } from './student.ts'
import { trainedTeacher } from './teacher.ts'

const projection = 'time_embedding.cond_proj.weight'
/** Deviation of the projection when it begins: at zero it moved by so little that no ω was ever heard. */
const deviation = 0.02

/**
 * The guidance inside: stage one of "On Distillation of Guided Diffusion Models" (arXiv 2210.03142). The student, the
 * teacher's UNet with an embedding of ω, learns to say at once what the teacher says when asked twice:
 *
 *   mean of ( v_θ(z_t, t, c, ω) − [ (1 + ω) v(z_t, t, c) − ω v(z_t, t, ∅) ] )²
 *
 * Distillation then begins from a student that hears ω; by distillation alone it hardly learned to.
 */
export async function distilGuidance(workspace: Workspace): Promise<void> {
  const { recipe, threads } = workspace
  const { batch, guidanceSize } = recipe.lcd
  const { adam, projectionRate } = recipe.guidance
  const tokenizer = await ownTokenizer(workspace)
  const latents = await openLatents(workspace)
  const shape = [batch, ...latents.shape]

  const teacherWeights = trainedTeacher(workspace)
  const teacher = await openDenoiser(workspace, teacherWeights, 0)
  const read = await openTextEncoder(workspace, teacherWeights)
  const nothing = await read(tokensOf(tokenizer, ['']))
  const weights = studentWeights(workspace, teacherWeights)
  beginProjection(weights, new Random(seedOf(recipe.seed, 7)))
  const trainable = await openTrainable(
    weights,
    n => {
      const v = recordStudent(n, workspace, n.input('sample', 'float32', shape), batch)
      return distance(n, v, n.input('target', 'float32', shape), 'l2')
    },
    { threads },
  )

  const batches = await openPrefetcher('lcd', workspace, latents)
  await trainLoop({
    stage: 'guidance',
    file: filesOf(workspace).guidance,
    resume: workspace.resume,
    seed: seedOf(recipe.seed, 8),
    batch,
    adam,
    faster: trainable.places
      .filter(({ name }) => name === projection)
      .map(place => ({ ...place, times: projectionRate })),
    recipe: { teacher: recipe.teacher, lcd: recipe.lcd, guidance: recipe.guidance },
    optimizerState: trainable.optimizerState,
    checkpointSeconds: workspace.checkpointSeconds,
    signal: workspace.signal,
    onProgress: workspace.onProgress,
    async gradients(step, random) {
      const { tokens, z, from, omegas } = await batches.take(step, random)
      const context = await read(tokens)
      const target = await guidedV(teacher, { omegas, context, nothing }, recipe.guidance.guidedBetween)(z, from)
      const found = await trainable.gradients({
        sample: float32(z, shape),
        timestep: int64(from),
        encoder_hidden_states: float32(context, [batch, recipe.text.length, recipe.text.size]),
        timestep_cond: float32(guidanceRows(omegas, guidanceSize), [batch, guidanceSize]),
        target: float32(target, shape),
      })
      batches.prepare(step + 1, random)
      return found
    },
  }).finally(batches.close)
  for (const opened of [trainable, teacher, read]) await opened.release()
}

function beginProjection(weights: Weights, random: Random): void {
  for (const [name, { data }] of weights.entries()) {
    if (name !== projection) continue
    const values = data as Float32Array
    random.normals(values)
    for (let at = 0; at < values.length; at++) values[at]! *= deviation
  }
}

/** The averaged weights of the last checkpoint; none where guidance was not distilled in this folder. */
export function trainedGuidance(workspace: Workspace): Weights | null {
  const file = filesOf(workspace).guidance
  if (!existsSync(file)) return null
  const { places } = studentWeights(workspace, trainedTeacher(workspace)).flatten()
  return new Weights(viewsOf(places, loadCheckpoint(file).arrays['average']!))
}
