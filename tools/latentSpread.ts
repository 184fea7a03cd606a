/**
 * Writes `latents.json` into a model folder that this repository trained, as `fourstroke train export` does: what latents
 * of pictures are like, by which the engine knows whether a picture has the colours of a style.
 *
 *     npx tsx tools/latentSpread.ts models/fourstroke-256
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from '../engine/lcf/dataset.ts'
import { openModel } from '../training/evaluation/pipelines.ts'
import { scenesFor } from '../training/evaluation/scenes.ts'
import { spreadOf } from '../training/stages/latentSpread.ts'
import { parts } from '../training/workspace/recipes.ts'
import { renderScene } from '../training/world/index.ts'

const [folder = 'models/fourstroke-256'] = process.argv.slice(2)
const pipeline = await openModel(folder, 1)
const { latentChannels, spatialFactor, trainedSize } = pipeline.folder
const area = (trainedSize / spatialFactor) ** 2
const scenes = scenesFor({ ...parts.world, gardenShare: 0.5 }, { split: 'train', count: 256 })
const latents = new Float32Array(scenes.length * latentChannels * area)
for (const [at, scene] of scenes.entries())
  latents.set(await encode(pipeline, await renderScene(scene, trainedSize)), at * latentChannels * area)
const file = join(folder, 'latents.json')
writeFileSync(file, `${JSON.stringify(spreadOf(latents, latentChannels, area), null, 2)}\n`)
console.log(`Wrote ${file}.`)
await pipeline.release()
