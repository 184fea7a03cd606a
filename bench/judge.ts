/**
 * Trains the judge that `crafts.ts` and `sampling.ts` read pictures with: the classifier and the dual encoder of
 * `npx fourstroke eval`, on fewer renders and at the 128 pixels that they look at, so that it takes minutes of a core and
 * no teacher. It goes on from its checkpoints, and says at the end what it reads of clean renders that it has not seen.
 *
 *     npx tsx bench/judge.ts --judge .training/judge
 */
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { accuracyOf } from '../training/evaluation/accuracy.ts'
import { openClassifier, trainClassifier } from '../training/evaluation/classifier.ts'
import { trainDualEncoder } from '../training/evaluation/dualEncoder.ts'
import { evaluationRecipes } from '../training/evaluation/evaluationRecipes.ts'
import { scenesFor } from '../training/evaluation/scenes.ts'
import { describe } from '../training/loop/progress.ts'
import { parts, recipes } from '../training/workspace/recipes.ts'
import { filesOf, type Workspace } from '../training/workspace/workspace.ts'
import { renderScene } from '../training/world/index.ts'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fourstroke-256' },
    judge: { type: 'string', default: '.training/judge' },
    pictures: { type: 'string', default: '12000' },
    /** Of the classifier. */
    steps: { type: 'string' },
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
await trainClassifier(workspace, { ...classifier, adam: { ...classifier.adam, steps } })
await trainDualEncoder(workspace, dualEncoder)
console.log(`${(process.cpuUsage(began).user / 60e6).toFixed(1)} minutes of a core, without rendering`)

const classify = await openClassifier(workspace)
for (const [name, slice] of Object.entries(parts)) {
  const scenes = scenesFor(slice, { split: 'val', count: 256 })
  const renders = await Promise.all(scenes.map(async scene => (await renderScene(scene, side)).data))
  const read = accuracyOf(
    scenes,
    (await classify(renders)).map(({ reading }) => reading),
  )
  console.log(name, Object.fromEntries(Object.entries(read).map(([what, { value }]) => [what, value.toFixed(3)])))
}
