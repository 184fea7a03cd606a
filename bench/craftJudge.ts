/** Reads manner and content of pictures for the benches of crafts. */
import type { Estimate } from '../onnx/linalg/statistics.ts'
import { accuracyOf } from '../training/evaluation/accuracy.ts'
import { type Classification, openClassifier } from '../training/evaluation/classifier.ts'
import { learnManners } from '../training/evaluation/mannerReader.ts'
import { recipes } from '../training/workspace/recipes.ts'
import { type Craft, crafts, inCraft } from '../training/world/crafts.ts'
import { renderScene, type Scene } from '../training/world/index.ts'
import { type Pictures, plainScenes } from './craftLab.ts'

export interface Judged extends Classification {
  /** Undefined is plain. */
  readonly craft: Craft | undefined
}

/** Pictures to tell manners by: in each of `crafts`, and behind them plain ones. */
export async function examplesOfManners(side: number): Promise<readonly Pictures[]> {
  const plain = await Promise.all(plainScenes('train', 48, 23).map(async scene => renderScene(scene, side)))
  return [...crafts.map(craft => plain.map(picture => inCraft(picture, craft).data)), plain.map(({ data }) => data)]
}

/** The classifier of a folder that `judge.ts` (or `npx fourstroke eval`) has trained, and who tells manners by its features. */
export async function openJudge(
  folder: string,
  { model, examples }: { readonly model: string; readonly examples: readonly Pictures[] },
): Promise<(pictures: Pictures) => Promise<Judged[]>> {
  const classify = await openClassifier({
    ...{ folder, modelFolder: model, recipe: recipes.loud, resume: true, threads: 1 },
    ...{ checkpointSeconds: 0, onProgress: () => undefined, say: () => undefined },
  })
  const known: Float32Array[][] = []
  for (const pictures of examples) known.push((await classify(pictures)).map(({ features }) => features))
  const manners = learnManners(known)
  return async pictures =>
    (await classify(pictures)).map(judged => ({ ...judged, craft: crafts[manners.read(judged.features)] }))
}

/** All that a craft does not change of these scenes, read of a picture each: the mean over attributes. */
export function contentOf(scenes: readonly Scene[], judged: readonly Classification[]): number {
  const { time, weather, place, kind, size, position, count } = accuracyOf(
    scenes,
    judged.map(({ reading }) => reading),
  )
  const attributes = [time, weather, place, kind, size, position, count]
  return attributes.reduce((sum, { value }) => sum + value, 0) / attributes.length
}

export const shown3 = ({ value, low, high }: Pick<Estimate, 'value' | 'low' | 'high'>): string =>
  `${value.toFixed(3)} [${low.toFixed(2)}, ${high.toFixed(2)}]`
