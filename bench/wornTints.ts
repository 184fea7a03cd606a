/**
 * How often the engine knows whether a picture has the colours of a style already (`withoutTint`): renders in chalk, in sepia
 * and in four crafts, and plain ones, each with the tint that a dozen other renders teach.
 *
 *     npx tsx bench/wornTints.ts --pictures 48
 */
import { parseArgs } from 'node:util'
import { encode } from '../engine/lcf/dataset.ts'
import { learn } from '../engine/lcf/learn.ts'
import { parametersOf, recipeFor } from '../engine/lcf/recipe.ts'
import { withoutTint } from '../engine/lora/tint.ts'
import type { Rgb } from '../engine/types/rgb.ts'
import { sessionOptions } from '../onnx/optim/sessionOptions.ts'
import { openModel } from '../training/evaluation/pipelines.ts'
import { scenesFor } from '../training/evaluation/scenes.ts'
import { parts } from '../training/workspace/recipes.ts'
import { crafts, inCraft } from '../training/world/crafts.ts'
import { captionScene, completeManner, renderScene, type Scene, unseenStyles } from '../training/world/index.ts'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fourstroke-256' },
    pictures: { type: 'string', default: '48' },
  },
})
const pipeline = await openModel(options.model, 1)
const { trainedSize: side, latentSpread } = pipeline.folder
const plain = (split: 'train' | 'val', count: number, series: number): Scene[] =>
  scenesFor(parts.world, { split, count, series }).map(scene => ({ ...scene, style: 'storybook' }))

const ways: Readonly<Record<string, (scene: Scene) => Promise<Rgb>>> = Object.fromEntries([
  ...unseenStyles.map(style => [style, (scene: Scene) => renderScene({ ...scene, style }, side)]),
  ...crafts.map(craft => [craft, async (scene: Scene) => inCraft(await renderScene(scene, side), craft)]),
])

async function tintOf(render: (scene: Scene) => Promise<Rgb>): Promise<Float32Array> {
  const pictures = await Promise.all(
    plain('train', 12, 7).map(async (scene, at) => ({
      picture: await render(scene),
      caption: captionScene(scene, at, completeManner),
    })),
  )
  const recipe = recipeFor(parametersOf({ parts: pipeline.folder.parts.map(part => part.info) }), { method: 'tint' })
  const run = learn({ owner: 'bench', pictures }, recipe, {
    ...{ pipeline, modelHash: '', stepMs: 1, checkpointSeconds: Number.POSITIVE_INFINITY },
    session: { ...sessionOptions(1), provider: 'cpu' },
    onProgress: () => undefined,
  })
  for (;;) {
    const next = await run.next()
    if (next.done) return next.value.adapter.tint!
  }
}

async function latentsOf(scenes: readonly Scene[], render: (scene: Scene) => Promise<Rgb>): Promise<Float32Array[]> {
  const all: Float32Array[] = []
  for (const scene of scenes) all.push(await encode(pipeline, await render(scene)))
  return all
}

const scenes = plain('val', Number(options.pictures), 29)
const bare = await latentsOf(scenes, scene => renderScene(scene, side))
const rows = []
for (const [style, render] of Object.entries(ways)) {
  const tint = await tintOf(render)
  const isKnown = (latents: Float32Array) => withoutTint(latents, tint, latentSpread) !== latents
  const worn = await latentsOf(scenes, render)
  rows.push({
    style,
    'in the style, known': worn.filter(isKnown).length,
    'plain, mistaken': bare.filter(isKnown).length,
  })
}
console.table(rows)
await pipeline.release()
