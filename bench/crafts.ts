/**
 * What a style learns of pictures that no map of colours can make: halftone, stained glass, mosaic and woodcut, a dozen
 * renders of each. Painted without the style, with its colours alone, with its adapter too, and with its texture; beside
 * them what the generator itself makes of the model's pictures, which is as near as any texture could come.
 *
 *     npx tsx bench/crafts.ts --seeds 1,2,3 --steps 300 --sheets crafts --judge .training/judge
 *
 * With `--styles`, a folder, what was learned is kept there and read again. `texture`: how far pictures are from renders in the craft (`training/evaluation/texture.ts`), 95 % by redrawing pictures
 * and seeds. With a judge, a folder that `judge.ts` (or `npx fourstroke eval`) has trained its classifier in: how often pictures are read as
 * the craft (`training/evaluation/mannerReader.ts`), and how much of their content.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { learn } from '../engine/lcf/learn.ts'
import { parametersOf, recipeFor } from '../engine/lcf/recipe.ts'
import type { Adapter, StyleRecipe } from '../engine/types/styles.ts'
import { bootstrap, type Estimate, shareOf } from '../onnx/linalg/statistics.ts'
import { sessionOptions } from '../onnx/optim/sessionOptions.ts'
import { accuracyOf } from '../training/evaluation/accuracy.ts'
import { type Classification, openClassifier } from '../training/evaluation/classifier.ts'
import { learnManners } from '../training/evaluation/mannerReader.ts'
import { createLcmPipeline, openModel } from '../training/evaluation/pipelines.ts'
import { scenesFor } from '../training/evaluation/scenes.ts'
import { textureDistance, textureOf } from '../training/evaluation/texture.ts'
import { parts, recipes } from '../training/workspace/recipes.ts'
import { type Craft, crafts, inCraft } from '../training/world/crafts.ts'
import { captionScene, completeManner, renderScene, type Scene } from '../training/world/index.ts'
import { writeSheet } from './craftSheet.ts'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fourstroke-256' },
    crafts: { type: 'string', default: crafts.join(',') },
    seeds: { type: 'string', default: '1' },
    steps: { type: 'string', default: '300' },
    method: { type: 'string', default: 'anchored' },
    pictures: { type: 'string', default: '24' },
    sheets: { type: 'string' },
    styles: { type: 'string' },
    judge: { type: 'string' },
  },
})
const seeds = options.seeds.split(',').map(Number)
const pipeline = await openModel(options.model, 1)
const { trainedSize: side, defaults } = pipeline.folder
const plainScenes = (split: 'train' | 'val', count: number, series: number): Scene[] =>
  scenesFor(parts.world, { split, count, series }).map(scene => ({ ...scene, style: 'storybook' }))
const shown = plainScenes('val', Number(options.pictures), 19)
const captionOf = (scene: Scene, at: number) => captionScene(scene, at, completeManner)
const renderIn = async (craft: Craft, scene: Scene) => inCraft(await renderScene(scene, side), craft)
type Pictures = readonly Uint8Array[]

const paint = (style?: Adapter): Promise<Pictures> =>
  createLcmPipeline(
    pipeline,
    style,
  )({ captions: shown.map(captionOf), seeds: shown.map((_, at) => at), steps: 4, guidance: defaults.guidance })

interface Learned {
  readonly adapter: Adapter
  /** Of a core. */
  readonly minutes: number
}

async function learned(craft: Craft, seed: number): Promise<Learned> {
  const file = options.styles && join(options.styles, `${craft}-${options.method}-${options.steps}-${seed}.bin`)
  if (file && existsSync(file)) return deserialize(readFileSync(file)) as Learned
  const began = process.cpuUsage()
  const adapter = await adapterOf(craft, seed)
  const found = { adapter, minutes: process.cpuUsage(began).user / 60e6 }
  if (file) writeFileSync(file, serialize(found))
  return found
}

async function adapterOf(craft: Craft, seed: number): Promise<Adapter> {
  const examples = plainScenes('train', 12, 7)
  const pictures = await Promise.all(
    examples.map(async (scene, at) => ({ picture: await renderIn(craft, scene), caption: captionOf(scene, at) })),
  )
  const parameters = parametersOf({ parts: pipeline.folder.parts.map(part => part.info) })
  const method = options.method as StyleRecipe['method'] // `recipeFor` knows no others, and fails
  const recipe = recipeFor(parameters, { method, steps: Number(options.steps), seed })
  const run = learn({ owner: 'bench', pictures }, recipe, {
    ...{ pipeline, modelHash: '', stepMs: 1, checkpointSeconds: Number.POSITIVE_INFINITY },
    session: { ...sessionOptions(1), provider: 'cpu' },
    onProgress: () => undefined,
  })
  for (;;) {
    const next = await run.next()
    if (next.done) return next.value.adapter
  }
}

/** Reads manner and content of pictures; the manners are those of `crafts`, behind them plain pictures. */
async function openJudge(folder: string) {
  const classify = await openClassifier({
    ...{ folder, modelFolder: options.model, recipe: recipes.loud, resume: true, threads: 1 },
    ...{ checkpointSeconds: 0, onProgress: () => undefined, say: () => undefined },
  })
  const featuresOf = async (pictures: Pictures) => (await classify(pictures)).map(({ features }) => features)
  const examples = plainScenes('train', 48, 23)
  const plain = await Promise.all(examples.map(async scene => renderScene(scene, side)))
  const known: Float32Array[][] = []
  for (const craft of crafts) known.push(await featuresOf(plain.map(picture => inCraft(picture, craft).data)))
  const manners = learnManners([...known, await featuresOf(plain.map(({ data }) => data))])
  return async (craft: Craft, pictures: Pictures): Promise<Record<string, string>> => {
    const judged = await classify(pictures)
    const isCraft = judged.map(({ features }) => manners.read(features) === crafts.indexOf(craft))
    return { 'read as it': shown3(shareOf(isCraft)), content: shown3(contentOf(judged)) }
  }
}

/** All that a craft does not change, as the mean over attributes; redrawn over scenes. */
function contentOf(judged: readonly Classification[]): Estimate {
  const times = judged.length / shown.length
  const scenes = Array.from({ length: times }, () => shown).flat()
  return bootstrap(judged.length, rows => {
    const { time, weather, place, kind, size, position, count } = accuracyOf(
      rows.map(row => scenes[row]!),
      rows.map(row => judged[row]!.reading),
    )
    const attributes = [time, weather, place, kind, size, position, count]
    return attributes.reduce((sum, { value }) => sum + value, 0) / attributes.length
  })
}

const shown3 = ({ value, low, high }: Estimate) => `${value.toFixed(3)} [${low.toFixed(2)}, ${high.toFixed(2)}]`

const textures = new WeakMap<Uint8Array, Float64Array>()
/** Every picture is looked at for several rows. */
function ownTextureOf(picture: Uint8Array): Float64Array {
  const known = textures.get(picture) ?? textureOf([picture], side)
  textures.set(picture, known)
  return known
}

function meanOf(all: readonly Float64Array[]): Float64Array {
  return all[0]!.map((_, at) => all.reduce((sum, each) => sum + each[at]!, 0) / all.length)
}

/** Texture distance of some pictures, of several seeds perhaps, from renders; redrawn over scenes and seeds. */
function distanceOf(pictures: Pictures, renders: Pictures): Estimate {
  const own = pictures.map(ownTextureOf)
  const wanted = meanOf(renders.map(ownTextureOf))
  return bootstrap(pictures.length, rows => textureDistance(meanOf(rows.map(row => own[row]!)), wanted))
}

const judge = options.judge === undefined ? undefined : await openJudge(options.judge)
const table: Record<string, string>[] = []
const plain = await paint()
for (const craft of crafts.filter(name => options.crafts.split(',').includes(name))) {
  const renders = await Promise.all(shown.map(async scene => (await renderIn(craft, scene)).data))
  const worked = plain.map(data => inCraft({ width: side, height: side, data }, craft).data)
  const [colours, adapted, whole]: Uint8Array[][] = [[], [], []]
  let [minutes, textured] = [0, 0]
  for (const seed of seeds) {
    const { adapter: style, minutes: own } = await learned(craft, seed)
    const { texture, ...adapter } = style
    minutes += own / seeds.length
    textured += texture ? 1 : 0
    colours!.push(...(await paint({ ...adapter, values: adapter.values.map(() => 0) })))
    adapted!.push(...(await paint(adapter)))
    whole!.push(...(await paint({ ...adapter, ...(texture && { texture }) })))
    console.log(`${craft}, seed ${seed}: ${shown3(distanceOf(whole!.slice(-shown.length), renders))}`)
  }
  const kinds: Record<string, Pictures> = {
    'renders in the craft': renders,
    'without the style, worked by the generator': worked,
    ...{
      'without the style': plain,
      'colours alone': colours!,
      'and the adapter': adapted!,
      'and the texture': whole!,
    },
  }
  for (const [name, pictures] of Object.entries(kinds))
    table.push({
      ...{ craft, pictures: name, texture: shown3(distanceOf(pictures, renders)) },
      ...(await judge?.(craft, pictures)),
      ...(pictures === whole && { minutes: minutes.toFixed(1), textures: `${textured} of ${seeds.length}` }),
    })
  console.table(table)
  if (options.sheets)
    await writeSheet(join(options.sheets, `craft-${craft.replace(' ', '-')}.webp`), [plain, colours!, whole!], side)
}
await pipeline.release()
