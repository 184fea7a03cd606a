import { join } from 'node:path'
import { loadCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import { sessionOptions } from '../../onnx/optim/sessionOptions.ts'
import { createSession } from '../../onnx/session.ts'
import { float32 } from '../../onnx/tensor.ts'
import { openTrainable } from '../loop/trainable.ts'
import { trainLoop } from '../loop/trainLoop.ts'
import { Network, viewsOf, Weights } from '../networks/network.ts'
import { type PictureSet, renderPictures, sceneAt } from '../workspace/pictures.ts'
import { picturesOf, type Workspace } from '../workspace/workspace.ts'
import { kinds, unseenStyles } from '../world/index.ts'
import type { EvaluatorRecipe } from './evaluationRecipes.ts'
import { classifier, classifierLoss } from './networks/classifierNetwork.ts'
import { featureWidth } from './networks/featureExtractor.ts'
import { answersOf, type Reading, readingOf, sceneLength, thingLength } from './networks/questions.ts'
import { mirroredScene, planesInto, readPicture, seenSideOf } from './scenes.ts'

/** Its name, its stage and the scopes of its weights are those of the checkpoints that exist. */
export const classifierFile = ({ folder }: Workspace) => join(folder, 'judge.checkpoint')

/** For one picture of those that models learn from, this many in the styles that no model sees. */
const unseenShare = 0.2

/** All styles, for personal styles are judged as well. */
function picturesToClassify(workspace: Workspace): readonly PictureSet[] {
  const seen = picturesOf(workspace)
  const unseen = {
    ...seen,
    folder: `${seen.folder}-unseen`,
    slice: { ...seen.slice, styles: unseenStyles },
    count: Math.ceil(seen.count * unseenShare),
  }
  return [seen, unseen]
}

/** What becomes of a render (RGB bytes, `side` × `side`) before it is learned from. */
export type Working = (picture: Uint8Array, side: number, random: Random) => Uint8Array

/** Trains the classifier on clean renders, each style as often as the others, worked first, then mirrored half of the time. */
export async function trainClassifier(
  workspace: Workspace,
  { batch, adam }: EvaluatorRecipe,
  work: Working = picture => picture,
): Promise<void> {
  const sets = picturesToClassify(workspace)
  for (const set of sets) await renderPictures(set)
  const turns = sets.flatMap(set => set.slice.styles.map(() => set))
  const side = seenSideOf(sets[0]!)
  const trainable = await openTrainable(
    classifierWeights(workspace),
    n =>
      classifierLoss(n, classifier(n, n.input('picture', 'float32', [batch, 3, side, side]), side), {
        scene: n.input('scene', 'float32', [batch, sceneLength]),
        present: n.input('present', 'float32', [batch, kinds.length]),
        things: n.input('things', 'float32', [batch, kinds.length, thingLength]),
      }),
    workspace,
  )
  const length = 3 * side * side
  const planes = new Float32Array(batch * length)
  const scenes = new Float32Array(batch * sceneLength)
  const present = new Float32Array(batch * kinds.length)
  const things = new Float32Array(batch * kinds.length * thingLength)
  await trainLoop({
    ...workspace,
    stage: 'judge',
    file: classifierFile(workspace),
    seed: seedOf(workspace.recipe.seed, 11),
    batch,
    adam,
    // Not which pictures: a classifier of a wider world will do, and how well is measured with every evaluation.
    recipe: { batch, adam },
    optimizerState: trainable.optimizerState,
    gradients(_step, random) {
      for (let row = 0; row < batch; row++) {
        const set = turns[random.below(turns.length)]!
        const index = random.below(set.count)
        const mirrored = random.uniform() < 0.5
        const scene = sceneAt(set, index)
        const answers = answersOf(mirrored ? mirroredScene(scene) : scene)
        const picture = work(readPicture(set, index), set.size, random)
        planesInto(picture, side, planes.subarray(row * length, (row + 1) * length), mirrored)
        scenes.set(answers.scene, row * sceneLength)
        present.set(answers.present, row * kinds.length)
        things.set(answers.things, row * kinds.length * thingLength)
      }
      return trainable.gradients({
        picture: float32(planes, [batch, 3, side, side]),
        scene: float32(scenes, [batch, sceneLength]),
        present: float32(present, [batch, kinds.length]),
        things: float32(things, [batch, kinds.length, thingLength]),
      })
    },
  })
  await trainable.release()
}

export interface Classification {
  readonly reading: Reading
  /** (64), what Fréchet distances are measured in. */
  readonly features: Float32Array
}

/** Classifiers pictures, RGB bytes of the recipe's size or of `seenSideOf` it. */
export type Classifier = (pictures: readonly Uint8Array[]) => Promise<Classification[]>

const picturesAtOnce = 32

/** The classifier with the averaged weights of its last checkpoint. */
export async function openClassifier(workspace: Workspace): Promise<Classifier> {
  const side = seenSideOf(workspace.recipe.pictures)
  const n = new Network(trainedClassifier(workspace))
  const { scene, present, things, features } = classifier(
    n,
    n.input('picture', 'float32', ['batch', 3, side, side]),
    side,
  )
  const session = await createSession(n.encode({ scene, present, things, features }), sessionOptions(workspace.threads))
  const length = 3 * side * side
  return async pictures => {
    const classifications: Classification[] = []
    for (let from = 0; from < pictures.length; from += picturesAtOnce) {
      const some = pictures.slice(from, from + picturesAtOnce)
      const planes = new Float32Array(some.length * length)
      for (const [row, picture] of some.entries())
        planesInto(picture, side, planes.subarray(row * length, (row + 1) * length))
      const result = await session.run({ picture: float32(planes, [some.length, 3, side, side]) })
      const rowsOf = (name: string, size: number) => (row: number) =>
        (result[name]!.data as Float32Array).slice(row * size, (row + 1) * size)
      const [scenes, presents, thingRows, featureRows] = [
        rowsOf('scene', sceneLength),
        rowsOf('present', kinds.length),
        rowsOf('things', kinds.length * thingLength),
        rowsOf('features', featureWidth),
      ]
      for (const row of some.keys()) {
        classifications.push({
          reading: readingOf({ scene: scenes(row), present: presents(row), things: thingRows(row) }),
          features: featureRows(row),
        })
      }
    }
    return classifications
  }
}

/** The averaged weights of the last checkpoint. */
export function trainedClassifier(workspace: Workspace): Weights {
  const { places } = classifierWeights(workspace).flatten()
  return new Weights(viewsOf(places, loadCheckpoint(classifierFile(workspace)).arrays['average']!))
}

function classifierWeights({ recipe }: Workspace): Weights {
  const weights = new Weights([], new Random(seedOf(recipe.seed, 12)))
  const n = new Network(weights)
  const size = seenSideOf(recipe.pictures)
  classifier(n, n.input('picture', 'float32', [1, 3, size, size]), size)
  return weights
}
