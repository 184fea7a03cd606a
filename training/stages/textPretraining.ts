import { existsSync } from 'node:fs'
import { loadCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import { float32, int64 } from '../../onnx/tensor.ts'
import { openTrainable } from '../loop/trainable.ts'
import { trainLoop } from '../loop/trainLoop.ts'
import { linear } from '../networks/layers.ts'
import { Network, viewsOf, Weights } from '../networks/network.ts'
import { textEncoder } from '../networks/textEncoder.ts'
import { ownTokenizer } from '../workspace/captions.ts'
import { sceneAt } from '../workspace/pictures.ts'
import { traitCount, traitsOf } from '../workspace/traits.ts'
import { filesOf, picturesOf, type Workspace } from '../workspace/workspace.ts'
import { trainingManner } from '../world/captions.ts'
import { captionScene } from '../world/index.ts'

/**
 * The text encoder by itself: what the end of a caption has to know of the scene. Large models begin with a text encoder
 * that has learned from pictures and captions (CLIP); this one learns from captions and records, in minutes. Without it
 * a colour is one word of many, and the teacher was deaf to it for hundreds of thousands of pictures.
 */
export async function trainText(workspace: Workspace): Promise<void> {
  const { recipe, threads } = workspace
  const { slice, batch, adam } = recipe.reader
  const { length } = recipe.text
  const { series } = picturesOf(workspace)
  const tokenizer = await ownTokenizer(workspace)
  const trainable = await openTrainable(textEncoderWeights(workspace), n => recordReading(n, workspace, batch), {
    threads,
  })
  await trainLoop({
    stage: 'text',
    file: filesOf(workspace).text,
    resume: workspace.resume,
    seed: seedOf(recipe.seed, 5),
    batch,
    adam,
    recipe: { seed: recipe.seed, text: recipe.text, reader: recipe.reader },
    optimizerState: trainable.optimizerState,
    checkpointSeconds: workspace.checkpointSeconds,
    signal: workspace.signal,
    onProgress: workspace.onProgress,
    gradients(_step, random) {
      const traits = new Float32Array(batch * traitCount)
      const ends = new Float32Array(batch * length)
      const tokens: number[] = []
      for (let row = 0; row < batch; row++) {
        const scene = sceneAt({ series, slice }, random.word())
        const ids = tokenizer.encode(captionScene(scene, random.word(), { ...trainingManner, empty: 0 }))
        tokens.push(...ids)
        traits.set(traitsOf(scene), row * traitCount)
        // The end token also fills up what is left: all of them have read the whole caption, and all have to answer.
        const end = ids.indexOf(ids.at(-1)!)
        ends.fill(1 / (length - end), row * length + end, (row + 1) * length)
      }
      return trainable.gradients({
        input_ids: int64(tokens, [batch, length]),
        ends: float32(ends, [batch, length, 1]),
        traits: float32(traits, [batch, 1, traitCount]),
      })
    },
  })
  await trainable.release()
}

/** The averaged weights of a reader that was trained in this folder; none where it was not. */
export function trainedTextEncoder(workspace: Workspace): Weights | null {
  const file = filesOf(workspace).text
  if (!existsSync(file)) return null
  const { places } = textEncoderWeights(workspace).flatten()
  return new Weights(viewsOf(places, loadCheckpoint(file).arrays['average']!))
}

export function textEncoderWeights(workspace: Workspace): Weights {
  const weights = new Weights([], new Random(seedOf(workspace.recipe.seed, 6)))
  recordReading(new Network(weights), workspace, 1)
  return weights
}

/** Mean over the batch of the cross entropies of all traits. */
function recordReading(n: Network, { recipe: { text } }: Workspace, batch: number) {
  const ids = n.input('input_ids', 'int64', [batch, text.length])
  const ends = n.input('ends', 'float32', [batch, text.length, 1])
  const traits = n.input('traits', 'float32', [batch, 1, traitCount])
  const x = linear(n, 'traits', textEncoder(n, ids, text), { in: text.size, out: traitCount })
  // −ln σ(x) for yes, −ln σ(−x) for no.
  const entropies = n.sub(n.op('Softplus', [x]), n.mul(x, traits))
  return n.div(n.reduceSum(n.mul(entropies, ends)), batch)
}
