import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tokenizer } from '../../engine/pipeline/tokenizer.ts'
import { loadCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import { sessionOptions } from '../../onnx/optim/sessionOptions.ts'
import { createSession } from '../../onnx/session.ts'
import { float32, int64 } from '../../onnx/tensor.ts'
import { openTrainable } from '../loop/trainable.ts'
import { trainLoop } from '../loop/trainLoop.ts'
import { Network, viewsOf, Weights } from '../networks/network.ts'
import { ownTokenizer } from '../workspace/captions.ts'
import { renderPictures, sceneAt } from '../workspace/pictures.ts'
import { filesOf, picturesOf, type Workspace } from '../workspace/workspace.ts'
import { type CaptionManner, captionScene } from '../world/index.ts'
import { trainedClassifier } from './classifier.ts'
import type { EvaluatorRecipe } from './evaluationRecipes.ts'
import { matchLoss, meetingSize, readCaption, seePicture } from './networks/dualEncoderNetwork.ts'
import { planesInto, readPicture, seenSideOf } from './scenes.ts'

/** Less is left unsaid than in training: a caption should be able to find its picture. */
const manner: CaptionManner = { omission: 0.1, tags: 0.1, empty: 0 }

export const dualEncoderFile = ({ folder }: Workspace) => join(folder, 'matcher.checkpoint')

/** Trains the dual encoder on clean renders and their captions. Its feature extractor begins as the classifier's. */
export async function trainDualEncoder(workspace: Workspace, { batch, adam }: EvaluatorRecipe): Promise<void> {
  const set = picturesOf(workspace)
  await renderPictures(set)
  const tokenizer = await ownTokenizer(workspace)
  const side = seenSideOf(set)
  const { text } = workspace.recipe
  const trainable = await openTrainable(
    dualEncoderWeights(workspace, trainedClassifier(workspace)),
    n => {
      const picture = n.input('picture', 'float32', [batch, 3, side, side])
      const ids = n.input('input_ids', 'int64', [batch, text.length])
      const ends = n.input('ends', 'float32', [batch, text.length])
      return matchLoss(n, seePicture(n, picture, side), readCaption(n, ids, ends, text))
    },
    workspace,
  )
  const length = 3 * side * side
  const planes = new Float32Array(batch * length)
  await trainLoop({
    ...workspace,
    stage: 'matcher',
    file: dualEncoderFile(workspace),
    seed: seedOf(workspace.recipe.seed, 13),
    batch,
    adam,
    // Not which pictures, as of the classifier; but words must stay the tokens that they were.
    recipe: { batch, adam, merges: mergesHash(workspace) },
    optimizerState: trainable.optimizerState,
    gradients(_step, random) {
      const captions: string[] = []
      for (let row = 0; row < batch; row++) {
        const index = random.below(set.count)
        planesInto(readPicture(set, index), side, planes.subarray(row * length, (row + 1) * length))
        captions.push(captionScene(sceneAt(set, index), random.word(), manner))
      }
      return trainable.gradients({
        picture: float32(planes, [batch, 3, side, side]),
        ...captionFeeds(tokenizer, captions),
      })
    },
  })
  await trainable.release()
}

/** How near a picture and a caption are, −1 … 1, is the product of their vectors, both of length 1. */
export interface DualEncoder {
  see(pictures: readonly Uint8Array[]): Promise<Float32Array[]>
  read(captions: readonly string[]): Promise<Float32Array[]>
}

const rowsAtOnce = 32

/** The dual encoder with the averaged weights of its last checkpoint. */
export async function openDualEncoder(workspace: Workspace): Promise<DualEncoder> {
  const { recipe, threads } = workspace
  const side = seenSideOf(recipe.pictures)
  const tokenizer = await ownTokenizer(workspace)
  const { places } = dualEncoderWeights(workspace).flatten()
  const weights = new Weights(viewsOf(places, loadCheckpoint(dualEncoderFile(workspace)).arrays['average']!))
  const pictureEncoder = new Network(weights)
  const picture = pictureEncoder.input('picture', 'float32', ['batch', 3, side, side])
  const seeing = await createSession(
    pictureEncoder.encode({ vector: seePicture(pictureEncoder, picture, side) }),
    sessionOptions(threads),
  )
  const captionEncoder = new Network(weights)
  const ids = captionEncoder.input('input_ids', 'int64', ['batch', recipe.text.length])
  const ends = captionEncoder.input('ends', 'float32', ['batch', recipe.text.length])
  const reading = await createSession(
    captionEncoder.encode({ vector: readCaption(captionEncoder, ids, ends, recipe.text) }),
    sessionOptions(threads),
  )
  const length = 3 * side * side
  const rowsOf = (data: unknown, count: number) =>
    Array.from({ length: count }, (_, row) => (data as Float32Array).slice(row * meetingSize, (row + 1) * meetingSize))
  return {
    async see(pictures) {
      const vectors: Float32Array[] = []
      for (let from = 0; from < pictures.length; from += rowsAtOnce) {
        const some = pictures.slice(from, from + rowsAtOnce)
        const planes = new Float32Array(some.length * length)
        for (const [row, rgb] of some.entries())
          planesInto(rgb, side, planes.subarray(row * length, (row + 1) * length))
        const result = await seeing.run({ picture: float32(planes, [some.length, 3, side, side]) })
        vectors.push(...rowsOf(result['vector']!.data, some.length))
      }
      return vectors
    },
    async read(captions) {
      const result = await reading.run(captionFeeds(tokenizer, captions))
      return rowsOf(result['vector']!.data, captions.length)
    },
  }
}

function mergesHash(workspace: Workspace): string {
  return createHash('sha256')
    .update(readFileSync(join(filesOf(workspace).tokenizer, 'merges.txt')))
    .digest('hex')
}

function captionFeeds(tokenizer: Tokenizer, captions: readonly string[]) {
  const rows = captions.map(caption => tokenizer.encode(caption))
  const dims = [rows.length, tokenizer.length]
  const ends = new Float32Array(rows.length * tokenizer.length)
  // The end token also fills up what is left, and is always the last.
  for (const [row, ids] of rows.entries()) ends[row * tokenizer.length + ids.indexOf(ids.at(-1)!)] = 1
  return { input_ids: int64(rows.flat(), dims), ends: float32(ends, dims) }
}

/** All weights of the dual encoder, those of the feature extractor taken from `classifier` where it is given. */
function dualEncoderWeights({ recipe }: Workspace, classifier?: Weights): Weights {
  const convolutions = [...(classifier?.entries() ?? [])].filter(([name]) => name.startsWith('eye.'))
  const weights = new Weights(convolutions, new Random(seedOf(recipe.seed, 14)))
  const n = new Network(weights)
  const size = seenSideOf(recipe.pictures)
  const ids = n.input('input_ids', 'int64', [1, recipe.text.length])
  const ends = n.input('ends', 'float32', [1, recipe.text.length])
  matchLoss(
    n,
    seePicture(n, n.input('picture', 'float32', [1, 3, size, size]), size),
    readCaption(n, ids, ends, recipe.text),
  )
  return weights
}
