import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openTokenizer, type Tokenizer } from '../../engine/pipeline/tokenizer.ts'
import { int64, type Tensor } from '../../onnx/tensor.ts'
import { captionScene, completeManner, trainingManner } from '../world/index.ts'
import { learnBytePairs, tokenizerFiles } from './bpe.ts'
import { sceneAt } from './pictures.ts'
import { filesOf, picturesOf, type Workspace } from './workspace.ts'

/** How many captions the tokenizer and the vocabulary are learned from. */
const captionsRead = 10_000

/** Captions that say everything, to look at and to classifier by. */
export function completeCaption(workspace: Workspace, index: number): string {
  return captionScene(sceneAt(picturesOf(workspace), index), index, completeManner)
}

/** Captions as the training shows them, from the first pictures. */
export function* captionsOf(workspace: Workspace): Generator<string> {
  const set = picturesOf(workspace)
  for (let read = 0; read < captionsRead; read++) {
    yield captionScene(sceneAt(set, read % set.count), read, trainingManner)
  }
}

/** Captions of all that the text encoder learns of. */
function* captionsToRead({ recipe }: Pick<Workspace, 'recipe'>): Generator<string> {
  const scenes = { series: recipe.seed, slice: recipe.reader.slice }
  for (let read = 0; read < captionsRead; read++) yield captionScene(sceneAt(scenes, read), read, trainingManner)
}

/** Captions as a text encoder takes them, (B, L). */
export function tokensOf(tokenizer: Tokenizer, captions: readonly string[]): Tensor {
  const tokens = captions.flatMap(caption => tokenizer.encode(caption))
  return int64(tokens, [captions.length, tokenizer.length])
}

/** Learns the tokenizer from the captions, or reads the one that is there. */
export async function ownTokenizer(workspace: Pick<Workspace, 'folder' | 'recipe'>): Promise<Tokenizer> {
  const folder = filesOf(workspace).tokenizer
  const { vocabulary, length } = workspace.recipe.text
  if (!existsSync(join(folder, 'tokenizer_config.json'))) {
    await mkdir(folder, { recursive: true })
    const files = tokenizerFiles(learnBytePairs(captionsToRead(workspace), vocabulary), length)
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  }
  return openTokenizer(folder, length)
}
