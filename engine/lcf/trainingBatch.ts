/** What one step learns from, and its gradient. */
import type { Random } from '../../onnx/optim/random.ts'
import { lambdaAt, timestepPairsFor } from './consistency.ts'
import type { Dataset } from './dataset.ts'
import type { LearnContext } from './learnContext.ts'
import { type Sample, type Student, targetsOf } from './student.ts'

/**
 * The base model's own pictures (`prior`) first, then those of the style; timesteps are stratified over both. `prior`
 * holds the steps of each picture.
 */
export function drawBatch(
  { recipe, scheduler, pipeline, paint, priorCount }: LearnContext,
  dataset: Dataset,
  prior: readonly (readonly Sample[])[],
  random: Random,
): Sample[] {
  const { anchor } = recipe
  const pairs = timestepPairsFor(recipe.batch, recipe.ddimTimesteps, scheduler, random)
  // Otherwise the base model's pictures would always be the noisiest or the clearest.
  const turn = random.below(recipe.batch)
  return pairs.map((_, at): Sample => {
    const timesteps = pairs[(at + turn) % pairs.length]!
    const isPrior = at < priorCount
    const steps = isPrior && prior[random.below(prior.length)]!
    if (steps && anchor > 0) return steps[random.below(steps.length)]!
    const views = dataset.training[random.below(dataset.training.length)]!
    const { z0, promptEmbeds } = steps ? finished(steps) : views[random.below(views.length)]!
    // ω evenly around the one that people paint with; the paper's range, 2 to 14, lies so around its 8.
    const guidance = paint.guidance(random.between(1, 2 * pipeline.folder.defaults.guidance - 1))
    const noise = random.normals(new Float32Array(z0.length))
    return { z0, promptEmbeds, guidance, noise, timesteps, lambda: lambdaAt(timesteps.t, anchor, scheduler) }
  })
}

/** One of the base model's own pictures as it was in the end. */
const finished = (steps: readonly Sample[]) => ({
  z0: steps.at(-1)!.target!,
  promptEmbeds: steps.at(-1)!.promptEmbeds,
})

/** Of a whole batch, a few samples in a call. */
export async function* gradientOf(
  { microBatch, scheduler, withAdapter }: LearnContext,
  student: Student,
  { weights, average }: { readonly weights: Float32Array; readonly average: Float32Array },
  samples: readonly Sample[],
): AsyncGenerator<undefined, { readonly loss: number; readonly gradient: Float32Array }> {
  const gradient = new Float32Array(weights.length)
  let loss = 0
  for (let from = 0; from < samples.length; from += microBatch) {
    const some = samples.slice(from, from + microBatch)
    const targets = await targetsOf(some, withAdapter(average), scheduler)
    yield
    const found = await student.gradient(some, targets, weights)
    const share = microBatch / samples.length
    loss += found.loss * share
    for (let at = 0; at < gradient.length; at++) gradient[at]! += found.gradient[at]! * share
    yield
  }
  return { loss, gradient }
}
