import { type Engine, openEngine } from '../../engine/index.ts'
import type { StyleEngine, StyleRecipe } from '../../engine/types/styles.ts'
import type { TestEngine } from './engine.ts'

/**
 * The engine with the model of this repository, for what only real pixels show. `learning`: what every learning is told
 * besides what was asked for, so that a test can learn in seconds what people learn in minutes.
 */
export async function openEmbedded({ learning }: { learning?: Partial<StyleRecipe> } = {}): Promise<TestEngine> {
  const modelFolder = new URL('../../models/fourstroke-256', import.meta.url).pathname
  const engine = await openEngine({ modelFolder, device: 'cpu', threads: 1, batches: [1], warmUp: false })
  const learn = engine.learn.bind(engine)
  const shortened: Pick<StyleEngine, 'learn'> = {
    learn: (request, onProgress) => learn({ ...request, recipe: { ...request.recipe, ...learning } }, onProgress),
  }
  // Nothing looks into it or holds it, as tests do with theirs; only its end lets go of what is held.
  return Object.assign(engine as Engine as TestEngine, shortened, { release: () => undefined })
}
