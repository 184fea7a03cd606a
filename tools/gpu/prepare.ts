/**
 * Writes what the PyTorch twin needs into the folder `gpu` of a training folder: the recipe, where each weight lies, how
 * networks begin, captions as tokens, and where things are drawn. Renders the pictures, in as many processes as there are cores.
 *
 *   node --import tsx tools/gpu/prepare.ts --config NAME --folder FOLDER [--from FOLDER] [--pictures N] [--captions N] [--readings N]
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random, seedOf } from '../../onnx/optim/random.ts'
import { openWorkspace, stagesOf } from '../../training/index.ts'
import type { Weights } from '../../training/networks/network.ts'
import { spatialFactorOf } from '../../training/networks/vae.ts'
import { schedule } from '../../training/solvers/diffusion.ts'
import {
  criticWeights,
  detailWeights,
  isDecoder,
  isJudged,
  isOfDetails,
  scaleLatents,
  vaeWeights,
} from '../../training/stages/autoencoder.ts'
import { attend } from '../../training/stages/batches.ts'
import { studentWeights } from '../../training/stages/student.ts'
import { learns, teacherWeights } from '../../training/stages/teacher.ts'
import { textEncoderWeights } from '../../training/stages/textPretraining.ts'
import { ownTokenizer } from '../../training/workspace/captions.ts'
import { chunkSize, chunksOf, readChunk, renderPictures, sceneAt } from '../../training/workspace/pictures.ts'
import { type RecipeName, recipes } from '../../training/workspace/recipes.ts'
import { traitCount, traitsOf } from '../../training/workspace/traits.ts'
import { filesOf, picturesOf, takeOver, trainingSetOf } from '../../training/workspace/workspace.ts'
import { captionScene, trainingManner } from '../../training/world/index.ts'

const { values } = parseArgs({
  options: {
    config: { type: 'string', default: 'quick' },
    folder: { type: 'string' },
    from: { type: 'string' },
    /** Of the recipe, unless another number is given. */
    pictures: { type: 'string' },
    /** Of each picture. */
    captions: { type: 'string', default: '8' },
    /** Captions that the text encoder learns to read from. */
    readings: { type: 'string', default: '60000' },
  },
})
const [captions, readings] = [Number(values.captions), Number(values.readings)]
const config = values.config as RecipeName
const given = recipes[config]
const pictures = { ...given.pictures, count: Number(values.pictures ?? given.pictures.count) }
const workspace = await openWorkspace({
  config,
  recipe: { ...given, pictures },
  ...(values.folder !== undefined && { folder: values.folder }),
  ...(values.from !== undefined && { from: values.from }),
  say: console.log,
})
const { recipe, folder, from } = workspace
const set = picturesOf(workspace)
mkdirSync(join(folder, 'gpu'), { recursive: true })
const write = (name: string, content: NodeJS.ArrayBufferView | string) =>
  writeFileSync(join(folder, 'gpu', name), content)

if (from !== undefined) {
  takeOver(from, folder, { latentStatistics: recipe.latents.rms === undefined, teacher: false })
  if (recipe.details && !existsSync(filesOf(workspace).details)) {
    throw new Error(
      `Expected ${filesOf(workspace).details}, which the twin does not train; found none. ` +
        `Run first: npx fourstroke train details --config ${config} --folder ${folder} --from ${values.from}`,
    )
  }
  await scaleLatents(workspace)
}
await renderPictures(set, availableParallelism())
const tokenizer = await ownTokenizer(workspace)
await writeWeights()
writeScenes()
if (from === undefined) writeReadings()
console.log(
  `${join(folder, 'gpu')} is ready: ${chunksOf(set)} chunks of ${chunkSize} pictures, ${captions} captions to each.`,
)

/** The plan, and how the networks begin that learn from nothing or from another training. */
async function writeWeights(): Promise<void> {
  // Its text encoder comes from the stage text, which may not have run yet.
  const mayLackText = { ...workspace, recipe: { ...recipe, teacher: { ...recipe.teacher, frozenText: false } } }
  const begins: Record<string, { readonly weights: Weights; readonly learns?: (name: string) => boolean }> = {
    critic: { weights: criticWeights(workspace, vaeWeights(workspace)), learns: isJudged },
    teacher: { weights: teacherWeights(mayLackText, from), learns: name => learns(recipe, name) },
    ...(from === undefined && {
      vae: { weights: vaeWeights(workspace, await readChunk(set, 0)) },
      text: { weights: textEncoderWeights(workspace) },
    }),
  }
  const student = studentWeights(workspace)
  const places = {
    vae: vaeWeights(workspace).flatten().places,
    decoder: vaeWeights(workspace).flatten(isDecoder).places,
    text: textEncoderWeights(workspace).flatten().places,
    guidance: student.flatten().places,
    lcd: student.flatten().places,
    ...(recipe.details && { details: detailWeights(workspace).flatten(isOfDetails).places }),
  }
  const flattened = Object.entries(begins).map(([stage, { weights, learns }]) => {
    const { flat, places } = weights.flatten(learns)
    write(`${stage}.begin.f32`, flat)
    return [stage, places] as const
  })
  const plan = {
    ...{ recipe, stages: stagesOf(workspace), pictures: set.count, captions, readings, chunkSize },
    ...{ traits: traitCount, spatialFactor: spatialFactorOf(recipe.vae), empty: tokenizer.encode('') },
    ...{ alphasCumprod: [...schedule.alphasCumprod], timestepScaling: schedule.config.timestepScaling },
    // Where chance goes on if the project's own trainer takes over.
    random: new Random(recipe.seed).state,
    places: { ...places, ...Object.fromEntries(flattened) },
  }
  write('plan.json', JSON.stringify(plan))
}

/** Captions as tokens, the first of each picture never empty; the cells of a picture where a thing is; who is shown how often. */
function writeScenes(): void {
  const side = set.size / spatialFactorOf(recipe.vae)
  const tokens = new Int16Array(set.count * captions * tokenizer.length)
  const things = new Uint8Array(set.count * side * side)
  for (let picture = 0; picture < set.count; picture++) {
    const scene = sceneAt(set, picture)
    for (let index = 0; index < captions; index++) {
      const manner = index === 0 ? { ...trainingManner, empty: 0 } : trainingManner
      const caption = captionScene(scene, seedOf(recipe.seed + 1, picture * captions + index), manner)
      tokens.set(tokenizer.encode(caption), (picture * captions + index) * tokenizer.length)
    }
    const cells = attend(scene, side, 2)
    const least = Math.min(...cells)
    things.set(
      cells.map(cell => (cell > least ? 1 : 0)),
      picture * side * side,
    )
  }
  write('captions.i16', tokens)
  write('things.u8', things)
  write('training-set.i32', Int32Array.from(trainingSetOf(workspace)))
}

/** Captions and what a text encoder has to know of their scenes. */
function writeReadings(): void {
  const scenes = { series: set.series, slice: recipe.reader.slice }
  const tokens = new Int16Array(readings * tokenizer.length)
  const traits = new Uint8Array(readings * traitCount)
  const random = new Random(seedOf(recipe.seed, 5))
  for (let row = 0; row < readings; row++) {
    const scene = sceneAt(scenes, random.word())
    tokens.set(
      tokenizer.encode(captionScene(scene, random.word(), { ...trainingManner, empty: 0 })),
      row * tokenizer.length,
    )
    traits.set(traitsOf(scene), row * traitCount)
  }
  write('readings.i16', tokens)
  write('traits.u8', traits)
}
