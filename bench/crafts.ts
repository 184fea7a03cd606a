/**
 * What a style learns of pictures that no map of colours can make: halftone, stained glass, mosaic and woodcut, a dozen
 * renders of each. How far painted pictures are from the craft in texture (`training/evaluation/texture.ts`): without the
 * style, with its colours alone, with its adapter too, and with its texture.
 *
 *     npx tsx bench/crafts.ts --seeds 1,2,3 --steps 300 --sheet crafts.webp
 */
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { learn } from '../engine/lcf/learn.ts'
import { parametersOf, recipeFor } from '../engine/lcf/recipe.ts'
import type { Adapter } from '../engine/types/styles.ts'
import { sessionOptions } from '../onnx/optim/sessionOptions.ts'
import { createLcmPipeline, openModel } from '../training/evaluation/pipelines.ts'
import { scenesFor } from '../training/evaluation/scenes.ts'
import { textureDistance, textureOf } from '../training/evaluation/texture.ts'
import { parts } from '../training/workspace/recipes.ts'
import { type Craft, crafts, inCraft } from '../training/world/crafts.ts'
import { captionScene, completeManner, renderScene, type Scene } from '../training/world/index.ts'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fourstroke-256' },
    seeds: { type: 'string', default: '1' },
    steps: { type: 'string', default: '300' },
    pictures: { type: 'string', default: '16' },
    sheet: { type: 'string' },
  },
})
const pipeline = await openModel(options.model, 1)
const { trainedSize: side, defaults } = pipeline.folder
const slice = parts.world
const plainScenes = (split: 'train' | 'val', count: number, series: number): Scene[] =>
  scenesFor(slice, { split, count, series }).map(scene => ({ ...scene, style: 'storybook' }))
const shown = plainScenes('val', Number(options.pictures), 19)
const captionOf = (scene: Scene, at: number) => captionScene(scene, at, completeManner)
const renderIn = async (craft: Craft, scene: Scene) => inCraft(await renderScene(scene, side), craft)

const paint = (style?: Adapter): Promise<readonly Uint8Array[]> =>
  createLcmPipeline(
    pipeline,
    style,
  )({ captions: shown.map(captionOf), seeds: shown.map((_, at) => at), steps: 4, guidance: defaults.guidance })

async function learned(craft: Craft, seed: number): Promise<Adapter> {
  const examples = plainScenes('train', 12, 7)
  const pictures = await Promise.all(
    examples.map(async (scene, at) => ({ picture: await renderIn(craft, scene), caption: captionOf(scene, at) })),
  )
  const parameters = parametersOf({ parts: pipeline.folder.parts.map(part => part.info) })
  const run = learn({ owner: 'bench', pictures }, recipeFor(parameters, { steps: Number(options.steps), seed }), {
    ...{ pipeline, modelHash: '', stepMs: 1, checkpointSeconds: Number.POSITIVE_INFINITY },
    session: { ...sessionOptions(1), provider: 'cpu' },
    onProgress: () => undefined,
  })
  for (;;) {
    const next = await run.next()
    if (next.done) return next.value.adapter
  }
}

const rows: (readonly Uint8Array[])[] = []
const table: Record<string, string>[] = []
const plain = await paint()
for (const craft of crafts) {
  const renders = await Promise.all(shown.map(async scene => (await renderIn(craft, scene)).data))
  const wanted = textureOf(renders, side)
  const distance = (pictures: readonly Uint8Array[]) => textureDistance(textureOf(pictures, side), wanted).toFixed(2)
  for (const seed of options.seeds.split(',').map(Number)) {
    const began = process.cpuUsage()
    const { texture, ...adapter } = await learned(craft, seed)
    const minutes = process.cpuUsage(began).user / 60e6
    const colours = await paint({ ...adapter, values: adapter.values.map(() => 0) })
    const whole = await paint({ ...adapter, ...(texture && { texture }) })
    table.push({
      ...{ craft, seed: `${seed}`, 'without the style': distance(plain), 'colours alone': distance(colours) },
      ...{ 'and the adapter': distance(await paint(adapter)), 'and the texture': texture ? distance(whole) : 'none' },
      'minutes of a core': minutes.toFixed(1),
    })
    if (rows.length < 3 * crafts.length && seed === Number(options.seeds.split(',')[0]))
      rows.push(renders, colours, whole)
  }
}
console.table(table)
if (options.sheet) await writeSheet(options.sheet)
await pipeline.release()

/** For each craft renders, the colours alone and the whole style, six pictures wide. */
async function writeSheet(file: string): Promise<void> {
  const cell = 192
  const tiles = rows.flatMap((pictures, row) =>
    pictures.slice(0, 6).map(async (data, column) => ({
      input: await sharp(data, { raw: { width: side, height: side, channels: 3 } })
        .resize(cell, cell)
        .png()
        .toBuffer(),
      ...{ left: column * cell, top: row * cell },
    })),
  )
  const size = { width: 6 * cell, height: rows.length * cell, channels: 3 as const, background: 'white' }
  await sharp({ create: size })
    .composite(await Promise.all(tiles))
    .webp({ quality: 85 })
    .toFile(file)
}
