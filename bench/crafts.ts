/**
 * What a style learns of pictures that no map of colours can make: halftone, stained glass, mosaic and woodcut, a dozen
 * renders of each. Painted without the style, with its colours alone, with its adapter too, and with its texture; beside
 * them what the generator itself makes of the model's pictures, which is as near as any texture could come.
 *
 *     npx tsx bench/crafts.ts --seeds 1,2,3 --steps 300 --sheets crafts --judge .training/judge
 *
 * With `--styles`, a folder, what was learned is kept there and read again. `texture`: how far pictures are from renders in
 * the craft (`training/evaluation/texture.ts`), 95 % by redrawing pictures and seeds. With a judge, a folder that `judge.ts`
 * (or `npx fourstroke eval`) has trained its classifier in: how often pictures are read as the craft
 * (`training/evaluation/mannerReader.ts`), and how much of their content.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { StyleRecipe } from '../engine/types/styles.ts'
import { bootstrap, type Estimate, shareOf } from '../onnx/linalg/statistics.ts'
import { type Craft, crafts, inCraft } from '../training/world/crafts.ts'
import { contentOf, examplesOfManners, type Judged, openJudge, shown3 } from './craftJudge.ts'
import { openLab, type Pictures } from './craftLab.ts'
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
const lab = await openLab({ ...options, pictures: Number(options.pictures) })
const { side, shown } = lab
const judge = options.judge && (await openJudge(options.judge, { ...options, examples: await examplesOfManners(side) }))
// `recipeFor` knows no other methods, and fails.
const way = { method: options.method as StyleRecipe['method'], steps: Number(options.steps) }

/** Of pictures of all scenes, of several seeds perhaps; redrawn over both. */
const distanceOf = (pictures: Pictures, renders: Pictures): Estimate =>
  bootstrap(pictures.length, rows => lab.distanceOf(pictures, renders, rows))

const table: Record<string, string>[] = []
const plain = await lab.paint()
for (const craft of crafts.filter(name => options.crafts.split(',').includes(name))) {
  const renders = await Promise.all(shown.map(async scene => (await lab.renderIn(craft, scene)).data))
  const worked = plain.map(data => inCraft({ width: side, height: side, data }, craft).data)
  const [colours, adapted, whole]: Uint8Array[][] = [[], [], []]
  let [minutes, textured] = [0, 0]
  for (const seed of seeds) {
    const { adapter: style, minutes: own } = await lab.learned(craft, way, seed)
    const { texture, ...adapter } = style
    minutes += own / seeds.length
    textured += texture ? 1 : 0
    colours!.push(...(await lab.paint({ ...adapter, values: adapter.values.map(() => 0) })))
    adapted!.push(...(await lab.paint(adapter)))
    whole!.push(...(await lab.paint(style)))
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
      ...(judge && (await judgedColumns(judge, craft, pictures))),
      ...(pictures === whole && { minutes: minutes.toFixed(1), textures: `${textured} of ${seeds.length}` }),
    })
  console.table(table)
  if (options.sheets)
    await writeSheet(join(options.sheets, `craft-${craft.replace(' ', '-')}.webp`), [plain, colours!, whole!], side)
}
await lab.release()

async function judgedColumns(
  judge: (pictures: Pictures) => Promise<Judged[]>,
  craft: Craft,
  pictures: Pictures,
): Promise<Record<string, string>> {
  const judged = await judge(pictures)
  const isCraft = judged.map(({ craft: found }) => found === craft)
  const sceneAt = (row: number) => shown[row % shown.length]!
  const content = bootstrap(judged.length, rows =>
    contentOf(
      rows.map(sceneAt),
      rows.map(row => judged[row]!),
    ),
  )
  return { 'read as it': shown3(shareOf(isCraft)), content: shown3(content) }
}
