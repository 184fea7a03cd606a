/**
 * What storing costs a picture: a style learned from the ten pictures of `examples/`, as it was learned and as it comes
 * back from the database (NF4 with double quantization), in four pictures of fixed seeds. With it, how long learning took
 * and what its assessment measured.
 *
 *     npx tsx bench/stored.ts       the last line of `bench/styles.ts`
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { openEngine, type Rgb } from '../engine/index.ts'
import { loadStoredStyle, storeStyle } from '../engine/lora/storedStyle.ts'
import { report } from './canvas.ts'

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fourstroke-256' },
    threads: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
  },
  strict: false,
})

/** Pictures and, in a text file beside each, their captions. */
async function readExamples(folder: string) {
  const names = (await readdir(folder)).filter(name => name.endsWith('.webp'))
  return Promise.all(
    names.map(async name => {
      const file = join(folder, name)
      const { data, info } = await sharp(file)
        .removeAlpha()
        .toColourspace('srgb')
        .raw()
        .toBuffer({ resolveWithObject: true })
      const caption = await readFile(file.replace(/webp$/, 'txt'), 'utf8')
      const picture: Rgb = { width: info.width, height: info.height, data: new Uint8Array(data) }
      return { picture, caption: caption.trim() }
    }),
  )
}

/** In bytes, over all pictures: mean of the absolute differences, and the ratio of 255² to their mean square in decibels. */
function differenceOf(some: readonly Rgb[], others: readonly Rgb[]) {
  let [sum, squares, count, most] = [0, 0, 0, 0]
  for (const [at, { data }] of some.entries()) {
    for (const [place, value] of data.entries()) {
      const off = Math.abs(value - others[at]!.data[place]!)
      sum += off
      squares += off * off
      most = Math.max(most, off)
      count++
    }
  }
  return { mean: sum / count, psnr: 10 * Math.log10(255 ** 2 / (squares / count)), most }
}

const engine = await openEngine({
  modelFolder: String(values.model),
  device: 'cpu',
  threads: Number(values.threads),
})
const { model } = engine.info
const layout = engine.styleLayout!

const pictures = await readExamples('examples')
const began = performance.now()
const end = await engine.learn({ owner: 'bench', pictures, recipe: { seed: Number(values.seed) } }).ended
if (end.type !== 'finished') throw new Error(`Expected a style, got ${JSON.stringify(end)}`)
const seconds = Math.round((performance.now() - began) / 1000)
const { distanceBefore, distanceAfter, contentKept } = end.assessment
const blob = storeStyle(end.adapter, layout)
engine.registerStyle('learned', end.adapter)
engine.registerStyle('stored', loadStoredStyle(blob, layout))

const prompts = [
  'a red house by a lake',
  'a cat at night',
  'two green trees in the desert',
  'a boat at sea in the rain',
]
async function paint(style?: string): Promise<Rgb[]> {
  const { steps, guidance } = model.defaults
  const { width, height } = model.sizes.default
  const styles = style === undefined ? [] : [{ id: style, weight: 1 }]
  return Promise.all(
    prompts.map(async (prompt, at) => {
      const ask = {
        owner: 'bench',
        priority: 'interactive',
        prompt,
        seed: 11 + at,
        steps,
        guidance,
        width,
        height,
      } as const
      const painted = await engine.paint({ ...ask, styles }).ended
      if (painted.type !== 'finished') throw new Error(`Expected a picture, got ${JSON.stringify(painted)}`)
      return painted.picture
    }),
  )
}
const [without, learned, stored] = [await paint(), await paint('learned'), await paint('stored')]
await engine.close()

const [storing, style] = [differenceOf(learned, stored), differenceOf(without, learned)]
const words = ({ mean, psnr, most }: ReturnType<typeof differenceOf>) =>
  `mean ${mean.toFixed(2)} of 255, PSNR ${psnr.toFixed(1)} dB, largest ${most}`
report(
  `pictures before and after storing, ${model.name}`,
  [
    `a style of rank ${end.adapter.rank} from ${pictures.length} pictures, ${end.recipe.steps} steps, seed ${end.recipe.seed}: ${blob.length} bytes stored, ${end.adapter.values.length * 4} as learned`,
    `learned in ${seconds} s: distance ${distanceBefore.toFixed(3)} → ${distanceAfter.toFixed(3)}, content kept ${contentKept.toFixed(2)}`,
    `stored against learned, ${prompts.length} pictures: ${words(storing)}`,
    `for comparison, learned against no style: ${words(style)}`,
  ],
  {
    bench: 'stored',
    model: model.name,
    seed: end.recipe.seed,
    seconds,
    assessment: { distanceBefore, distanceAfter, contentKept },
    bytes: blob.length,
    storing,
    style,
  },
)
