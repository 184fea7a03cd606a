/**
 * Trains the judge that `crafts.ts` and `sampling.ts` read pictures with: the classifier and the dual encoder of
 * `npx fourstroke eval`, on fewer renders and at the 128 pixels that they look at, so that it takes minutes of a core and
 * no teacher. It goes on from its checkpoints, and says at the end what it reads of clean renders that it has not seen.
 *
 *     npx tsx bench/judge.ts --judge .training/judge
 *
 * With `--crafts`, half of what it learns from is in one of the four crafts: it knows them, as somebody does who has seen a
 * woodcut before, so that what it cannot read of one is not there. With `--from`, another folder, its classifier goes on from
 * that one's with an optimizer that has seen nothing.
 *
 *     npx tsx bench/judge.ts --judge .training/judge-crafts --crafts --from .training/judge --steps 700
 */
import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Rgb } from '../engine/types/rgb.ts'
import { loadCheckpoint, saveCheckpoint } from '../onnx/optim/checkpoint.ts'
import { Random } from '../onnx/optim/random.ts'
import { accuracyOf } from '../training/evaluation/accuracy.ts'
import { classifierFile, openClassifier, trainClassifier, type Working } from '../training/evaluation/classifier.ts'
import { trainDualEncoder } from '../training/evaluation/dualEncoder.ts'
import { evaluationRecipes } from '../training/evaluation/evaluationRecipes.ts'
import { scenesFor } from '../training/evaluation/scenes.ts'
import { describe } from '../training/loop/progress.ts'
import { parts, recipes } from '../training/workspace/recipes.ts'
import { filesOf, type Workspace } from '../training/workspace/workspace.ts'
import { crafts, inCraft } from '../training/world/crafts.ts'
import { renderScene, type Scene } from '../training/world/index.ts'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fourstroke-256' },
    judge: { type: 'string', default: '.training/judge' },
    pictures: { type: 'string', default: '12000' },
    /** Of the classifier. */
    steps: { type: 'string' },
    crafts: { type: 'boolean', default: false },
    from: { type: 'string' },
  },
})
const side = 128
const recipe = recipes.detailed
const workspace: Workspace = {
  ...{ folder: options.judge, modelFolder: options.model, resume: true, threads: 1, checkpointSeconds: 60 },
  recipe: { ...recipe, pictures: { ...recipe.pictures, count: Number(options.pictures), size: side } },
  onProgress: progress => console.log(describe(progress)),
  say: message => console.log(message),
}
mkdirSync(workspace.folder, { recursive: true })
cpSync(join(options.model, 'tokenizer'), filesOf(workspace).tokenizer, { recursive: true })
const began = process.cpuUsage()
const { classifier, dualEncoder } = evaluationRecipes.detailed
const steps = Number(options.steps ?? classifier.adam.steps)
const adam = { ...classifier.adam, steps }
if (options.from) await beginAs(options.from)
const inSomeCraft: Working = (data, side, random) =>
  random.uniform() < 0.5
    ? data
    : inCraft({ width: side, height: side, data }, crafts[random.below(crafts.length)]!).data
await trainClassifier(workspace, { ...classifier, adam }, options.crafts ? inSomeCraft : undefined)
if (!options.crafts) await trainDualEncoder(workspace, dualEncoder)
console.log(`${(process.cpuUsage(began).user / 60e6).toFixed(1)} minutes of a core, without rendering`)

const classify = await openClassifier(workspace)
for (const [name, slice] of Object.entries(parts)) {
  const scenes = scenesFor(slice, { split: 'val', count: 256 })
  const renders = await Promise.all(scenes.map(scene => renderScene(scene, side)))
  await report(name, scenes, renders)
  if (options.crafts && name === 'world')
    for (const craft of crafts) {
      const larger = await Promise.all(scenes.map(scene => renderScene(scene, 2 * side)))
      await report(
        craft,
        scenes,
        larger.map(picture => inCraft(picture, craft)),
      )
    }
}

async function report(name: string, scenes: readonly Scene[], pictures: readonly Rgb[]): Promise<void> {
  const readings = (await classify(pictures.map(({ data }) => data))).map(({ reading }) => reading)
  const read = Object.entries(accuracyOf(scenes, readings))
  console.log(name, Object.fromEntries(read.map(([what, { value }]) => [what, value.toFixed(3)])))
}

/** A checkpoint of step 0 with the averaged weights of another folder's classifier, unless there is one already. */
async function beginAs(folder: string): Promise<void> {
  if (existsSync(classifierFile(workspace))) return
  const { record, arrays } = loadCheckpoint(classifierFile({ ...workspace, folder }))
  const weights = arrays['average']!
  const nothing = new Float32Array(weights.length)
  await saveCheckpoint(classifierFile(workspace), {
    record: {
      ...{ ...record, step: 0, random: new Random(1).state, loss: null, bestLoss: null, seconds: 0 },
      recipe: { batch: classifier.batch, adam },
    },
    arrays: { ...arrays, weights, first: nothing, second: nothing },
  })
}
