/** The base model's own pictures, learned from beside those of the style so that all others stay as they are. */
import type { LearnContext } from './learnContext.ts'
import { paintWith } from './painting.ts'
import type { Sample } from './student.ts'

/** Each by its latents after every step; a picture's seed is its place in the list. */
export async function* paintPrior({
  priorPrompts,
  predict,
  pipeline,
  paint,
  side,
}: LearnContext): AsyncGenerator<undefined, (readonly Float32Array[])[]> {
  const pictures: (readonly Float32Array[])[] = []
  for (const [seed, prompt] of priorPrompts.entries()) {
    const { steps } = yield* paintWith(predict, { prompt, seed, side }, pipeline, paint)
    pictures.push(steps)
  }
  return pictures
}

/**
 * The steps of these pictures: from the same noise, and from where the step before left the picture, to where this one
 * did. So what is where stays as the model decided.
 */
export async function* priorSamples(
  { priorPrompts, pipeline, paint, timesteps }: LearnContext,
  prior: readonly (readonly Float32Array[])[],
): AsyncGenerator<undefined, Sample[][]> {
  const guidance = paint.guidance(pipeline.folder.defaults.guidance)
  const samples: Sample[][] = []
  for (const [seed, prompt] of priorPrompts.entries()) {
    const promptEmbeds = await pipeline.encodePrompt(prompt)
    yield
    const after = prior[seed]!
    const noise = paint.noise(seed, after[0]!.length)
    // The first step finds nothing but noise.
    const before = [new Float32Array(after[0]!.length), ...after]
    samples.push(
      timesteps.map((t, step) => ({
        z0: before[step]!,
        noise: noise.at(step),
        promptEmbeds,
        guidance,
        timesteps: { t, s: 0 },
        lambda: 1,
        target: after[step]!,
      })),
    )
  }
  return samples
}
