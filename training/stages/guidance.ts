import { existsSync } from 'node:fs'
import { loadCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { distance } from '../../onnx/optim/loss.ts'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import { openTrainable } from '../loop/trainable.ts'
import { trainLoop } from '../loop/trainLoop.ts'
import { viewsOf, Weights } from '../networks/network.ts'
import { filesOf, type Workspace } from '../workspace/workspace.ts'
import { openDistillation } from './distillation.ts'
import { recordStudent, studentWeights } from './student.ts'
import { trainedTeacher } from './teacher.ts'

const projection = 'time_embedding.cond_proj.weight'
/** Deviation of the projection when it begins: at zero it moved by so little that no ω had an effect. */
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
  const { batch } = recipe.lcd
  const { adam, projectionRate, guidedBetween } = recipe.guidance
  const source = await openDistillation(workspace)
  const weights = studentWeights(workspace, source.teacherWeights)
  beginProjection(weights, new Random(seedOf(recipe.seed, 7)))
  const trainable = await openTrainable(
    weights,
    n => {
      const v = recordStudent(n, workspace, n.input('sample', 'float32', source.shape), batch)
      return distance(n, v, n.input('target', 'float32', source.shape), 'l2')
    },
    { threads },
  )

  await trainLoop({
    ...workspace,
    stage: 'guidance',
    file: filesOf(workspace).guidance,
    seed: seedOf(recipe.seed, 8),
    batch,
    adam,
    faster: trainable.places
      .filter(({ name }) => name === projection)
      .map(place => ({ ...place, times: projectionRate })),
    recipe: { teacher: recipe.teacher, lcd: recipe.lcd, guidance: recipe.guidance },
    optimizerState: trainable.optimizerState,
    async gradients(step, random) {
      const sample = await source.take(step, random)
      const target = await sample.teacherV(guidedBetween)(sample.z, sample.from)
      const found = await trainable.gradients(source.feeds(sample, target))
      source.prepare(step + 1, random)
      return found
    },
  }).finally(source.release)
  await trainable.release()
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
