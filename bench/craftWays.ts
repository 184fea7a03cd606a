/**
 * Ways to learn a style against each other, over crafts and seeds: by which method and in how many steps, its adapter with
 * the colours alone, and the whole with its texture; and ways to wear it, at a part of its weight or of its texture's.
 *
 *     npx tsx bench/craftWays.ts --seeds 1,2,3 --styles styles --judge .training/judge --weights 0.6,0.8 --textures 0.6,0.8
 *
 * Figures and their differences are of the same scenes from the same noise, and their intervals (95 %) by redrawing scenes
 * with all that was painted of them.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { mixAdapters } from '../engine/lora/mix.ts'
import type { Adapter, StyleRecipe } from '../engine/types/styles.ts'
import { Random } from '../onnx/optim/random.ts'
import { type Craft, crafts, inCraft } from '../training/world/crafts.ts'
import { contentOf, examplesOfManners, type Judged, openJudge, shown3 } from './craftJudge.ts'
import { openLab, type Pictures, type Way } from './craftLab.ts'
import { writeSheet } from './craftSheet.ts'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fourstroke-256' },
    crafts: { type: 'string', default: crafts.join(',') },
    seeds: { type: 'string', default: '1,2,3' },
    pictures: { type: 'string', default: '24' },
    ways: { type: 'string', default: 'anchored-300,anchored-60,exact-300,exact-60' },
    weights: { type: 'string', default: '' },
    textures: { type: 'string', default: '' },
    styles: { type: 'string' },
    /** Where a sheet of each craft goes: without the style, its colours alone, the whole, and its texture at each weight. */
    sheets: { type: 'string' },
    /** Several between commas, each with a column of content of its own. */
    judge: { type: 'string', default: '.training/judge' },
  },
})
const numbers = (list: string) => (list === '' ? [] : list.split(',').map(Number))
const seeds = numbers(options.seeds)
/** `anchored-300`, or `anchored-300@1+2` with seeds of its own. */
const ways = options.ways.split(',').map((text): Way & { readonly name: string; readonly seeds: readonly number[] } => {
  const [name = '', own] = text.split('@')
  const [method, steps] = name.split('-')
  const ownSeeds = own?.split('+').map(Number) ?? seeds
  return { name, seeds: ownSeeds, method: method as StyleRecipe['method'], steps: Number(steps) }
})
const lab = await openLab({ ...options, pictures: Number(options.pictures) })
const { side, shown } = lab
const folders = options.judge.split(',')
const examples = await examplesOfManners(side)
const judges = await Promise.all(folders.map(folder => openJudge(folder, { ...options, examples })))

/** Pictures of all scenes, seed after seed, and what each judge reads of them. */
interface Painted {
  readonly pictures: Pictures
  readonly judged: readonly (readonly Judged[])[]
}
const plain = await lab.paint()
const looks: Record<string, Partial<Record<Craft, Painted>>> = {}
const wanted: Partial<Record<Craft, Pictures>> = {}

for (const craft of crafts.filter(name => options.crafts.split(',').includes(name))) {
  const renders = await Promise.all(shown.map(async scene => (await lab.renderIn(craft, scene)).data))
  wanted[craft] = renders
  await keep('renders in the craft', craft, renders)
  await keep('without the style', craft, plain)
  const worked = plain.map(data => inCraft({ width: side, height: side, data }, craft).data)
  await keep('worked by the generator', craft, worked)
  for (const [at, way] of ways.entries()) {
    const styles: Adapter[] = []
    let minutes = 0
    for (const seed of way.seeds) {
      const found = await lab.learned(craft, way, seed)
      minutes += found.minutes / way.seeds.length
      styles.push(found.adapter)
    }
    console.log(`${craft}, ${way.name}: ${minutes.toFixed(2)} minutes of a core`)
    if (at === 0) {
      const coloured = await painted(styles, style => ({ ...style, values: style.values.map(() => 0) }))
      await keep('colours alone', craft, coloured.flat())
      await keep('colours and texture, no adapter', craft, await texturedIn(styles, coloured, 1))
    }
    const adapted = await painted(styles, style => style)
    await keep(`${way.name}: colours and adapter`, craft, adapted.flat())
    await keep(`${way.name}: whole`, craft, await texturedIn(styles, adapted, 1))
    if (at > 0) continue
    for (const weight of numbers(options.textures))
      await keep(`${way.name}: texture at ${weight}`, craft, await texturedIn(styles, adapted, weight))
    for (const weight of numbers(options.weights)) {
      const fainter = await painted(styles, adapter => mixAdapters(lab.pipeline.styles!, [{ adapter, weight }]))
      await keep(`${way.name}: whole at ${weight}`, craft, await texturedIn(styles, fainter, weight))
    }
  }
}
await lab.release()
if (options.sheets)
  for (const craft of Object.keys(wanted) as Craft[]) {
    const first = ways[0]!.name
    const weights = numbers(options.textures).map(weight => `${first}: texture at ${weight}`)
    const rows = ['without the style', 'colours alone', `${first}: whole`, ...weights]
    const file = join(options.sheets, `craft-strength-${craft.replace(' ', '-')}.webp`)
    const pictures = rows.map(name => looks[name]![craft]!.pictures)
    await writeSheet(file, pictures, side)
  }

for (const craft of Object.keys(wanted) as Craft[]) {
  console.log(`\n${craft}, ${seeds.length} seeds`)
  console.table(Object.keys(looks).map(name => rowOf(name, [craft])))
}
console.log('\nall of them: means, and differences from the first way')
console.table(Object.keys(looks).map(name => rowOf(name, Object.keys(wanted) as Craft[], `${ways[0]!.name}: whole`)))

/** All scenes in each style, without its texture. */
async function painted(styles: readonly Adapter[], as: (style: Adapter) => Adapter): Promise<Pictures[]> {
  const all: Pictures[] = []
  for (const style of styles) {
    const { texture: _, textures: __, ...bare } = as(style)
    all.push(await lab.paint(bare))
  }
  return all
}

/** Finished pictures of each style with a part of its texture, as the engine puts it on. */
async function texturedIn(styles: readonly Adapter[], of: readonly Pictures[], weight: number): Promise<Pictures> {
  const all: Uint8Array[] = []
  for (const [at, { texture }] of styles.entries())
    for (const data of of[at]!) {
      const layers = texture ? [{ values: texture, weight }] : []
      all.push((await lab.pipeline.textured({ width: side, height: side, data }, layers)).data)
    }
  return all
}

async function keep(name: string, craft: Craft, pictures: Pictures): Promise<void> {
  const judged: Judged[][] = []
  for (const judge of judges) judged.push(await judge(pictures))
  looks[name] ??= {}
  looks[name][craft] = { pictures, judged }
}

/** Mean figures over crafts, and their differences from another look: from colours alone, where none is named. */
function rowOf(name: string, of: readonly Craft[], other = 'colours alone'): Record<string, string> {
  const mean = (figure: (craft: Craft) => number) => of.reduce((sum, craft) => sum + figure(craft), 0) / of.length
  const compared = (figure: (look: string, craft: Craft, scenes: readonly number[]) => number) => ({
    own: shown3(redrawn(scenes => mean(craft => figure(name, craft, scenes)))),
    less: shown3(redrawn(scenes => mean(craft => figure(name, craft, scenes) - figure(other, craft, scenes)))),
  })
  const texture = compared(distance)
  const contents = judges.map((_, judge) => compared((look, craft, scenes) => content(look, craft, scenes, judge)))
  return {
    ...{
      look: name,
      texture: texture.own,
      difference: texture.less,
      'read as it': mean(c => readAs(name, c)).toFixed(3),
    },
    ...Object.fromEntries(
      contents.flatMap(({ own, less }, judge) => {
        const which = judges.length === 1 ? '' : ` (${judge + 1})`
        return [
          [`content${which}`, own],
          [`less${which}`, less],
        ]
      }),
    ),
  }
}

/** Where pictures of these scenes lie among those of all scenes and seeds. */
function rowsOf({ length }: { readonly length: number }, scenes: readonly number[]): number[] {
  const seeds = Array.from({ length: length / shown.length }, (_, seed) => seed)
  return seeds.flatMap(seed => scenes.map(scene => seed * shown.length + scene))
}

function distance(look: string, craft: Craft, scenes: readonly number[]): number {
  const { pictures } = looks[look]![craft]!
  return lab.distanceOf(pictures, wanted[craft]!, rowsOf(pictures, scenes))
}

function content(look: string, craft: Craft, scenes: readonly number[], judge: number): number {
  const judged = looks[look]![craft]!.judged[judge]!
  const rows = rowsOf(judged, scenes)
  return contentOf(
    rows.map(row => shown[row % shown.length]!),
    rows.map(row => judged[row]!),
  )
}

function readAs(look: string, craft: Craft): number {
  const judged = looks[look]![craft]!.judged[0]!
  return judged.filter(({ craft: found }) => found === craft).length / judged.length
}

/** A figure with its 95 % by redrawing scenes; unlike `bootstrap`'s it may be below nothing. */
function redrawn(figureOf: (scenes: readonly number[]) => number, redraws = 200) {
  const random = new Random(1)
  const value = figureOf([...shown.keys()])
  const others = Array.from({ length: redraws }, () => figureOf(shown.map(() => random.below(shown.length))))
  const middle = others.reduce((sum, other) => sum + other, 0) / redraws
  const reach = 1.96 * Math.sqrt(others.reduce((sum, other) => sum + (other - middle) ** 2, 0) / (redraws - 1))
  return { value, low: value - reach, high: value + reach }
}
