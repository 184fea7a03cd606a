/**
 * Sheets of what can be done with styles that have lines, once `crafts.ts --styles` has learned them: two in one picture,
 * by weight and by region, and over a drawing that grows, as a live frame paints it.
 *
 *     npx tsx bench/craftMixes.ts --styles styles --sheets docs/images
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { deserialize } from 'node:v8'
import sharp from 'sharp'
import { openEngine, type PaintRequest, type Rgb } from '../engine/index.ts'
import type { Adapter, StyleUse } from '../engine/types/styles.ts'
import { writeSheet } from './craftSheet.ts'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fourstroke-256' },
    styles: { type: 'string', default: 'styles' },
    sheets: { type: 'string', default: '.' },
    learned: { type: 'string', default: 'anchored-60-1' },
  },
})
const [one, other] = ['woodcut', 'mosaic']
const prompts = [
  'a red house by a lake',
  'a lighthouse on a beach at sunset',
  'a castle in the hills at night',
  'a boat at sea in the rain',
  'a cactus in the desert',
  'a big orange tent in the hills on a snowy night',
  'a black cat in the city',
  'a yellow balloon in the mountains at dawn',
  'three pines in the snow at dusk',
  'a windmill in a meadow',
  'a whale by the sea under a cloudy sky',
  'a green robot in a forest',
]
const engine = await openEngine({ modelFolder: options.model, device: 'cpu', threads: 1 })
const { sizes, defaults } = engine.info.model
const { width: side } = sizes.default
for (const craft of [one, other]) {
  const file = join(options.styles, `${craft}-${options.learned}.bin`)
  engine.registerStyle(craft!, (deserialize(readFileSync(file)) as { adapter: Adapter }).adapter)
}

type Look = Pick<PaintRequest, 'prompt' | 'seed' | 'styles' | 'regions' | 'image' | 'strength'>

async function paint(look: Look): Promise<Uint8Array> {
  const size = { width: side, height: side }
  const end = await engine.paint({ owner: 'bench', priority: 'background', ...size, ...defaults, ...look }).ended
  if (end.type !== 'finished') throw new Error(`Expected a picture, got ${JSON.stringify(end)}`)
  return end.picture.data
}

const uses = (...weights: readonly (readonly [string | undefined, number])[]): StyleUse[] =>
  weights.map(([id, weight]) => ({ id: id!, weight }))

/** The left or the right half of a picture, softly. */
function half(isLeft: boolean) {
  const edge = side / 16
  const data = Uint8Array.from({ length: side * side }, (_, at) => {
    const right = Math.max(0, Math.min(1, ((at % side) - side / 2) / edge + 0.5))
    return Math.round(255 * (isLeft ? 1 - right : right))
  })
  return { width: side, height: side, data }
}

/** A part of a picture wears the styles that it is told. */
const inHalves = (prompt: string, left: readonly StyleUse[], right: readonly StyleUse[]) => ({
  regions: [
    { prompt, guidance: defaults.guidance, styles: left, mask: half(true) },
    { prompt, guidance: defaults.guidance, styles: right, mask: half(false) },
  ],
})

const mixes: readonly ((prompt: string) => Partial<Look>)[] = [
  () => ({ styles: uses([one, 1]) }),
  () => ({ styles: uses([one, 0.5], [other, 0.5]) }),
  () => ({ styles: uses([other, 1]) }),
  prompt => inHalves(prompt, uses([one, 1]), uses([other, 1])),
]
const painted: Uint8Array[][] = []
for (const mix of mixes) {
  const row: Uint8Array[] = []
  for (const [seed, prompt] of prompts.entries()) row.push(await paint({ prompt, seed, ...mix(prompt) }))
  painted.push(row)
}
await writeSheet(join(options.sheets, 'craft-mixes.webp'), painted, side)

/** What is drawn, stroke by stroke: sky and land, a hill, the sun, a house, its roof, a tree. */
const strokes = [
  '<rect width="256" height="150" fill="#8ec7ea"/><rect y="150" width="256" height="106" fill="#5fa052"/>',
  '<path d="M0 165 Q70 90 150 160 Z" fill="#7b8f6a"/>',
  '<circle cx="205" cy="48" r="24" fill="#f6c945"/>',
  '<rect x="86" y="128" width="84" height="70" fill="#c0392b"/>',
  '<path d="M76 130 L128 84 L180 130 Z" fill="#7a3b2e"/><rect x="118" y="160" width="22" height="38" fill="#3d2b26"/>',
  '<rect x="212" y="150" width="10" height="44" fill="#6b4a2f"/><circle cx="217" cy="134" r="30" fill="#2f7d3a"/>',
]
async function drawing(count: number): Promise<Rgb> {
  const body = strokes.slice(0, count).join('')
  const paper = '<rect width="256" height="256" fill="#ffffff"/>'
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" viewBox="0 0 256 256">${paper}${body}</svg>`
  return {
    width: side,
    height: side,
    data: new Uint8Array(await sharp(Buffer.from(svg)).removeAlpha().raw().toBuffer()),
  }
}
const prompt = 'a red house and a tree in a meadow'
const lives: readonly Partial<Look>[] = [
  {},
  { styles: uses([one, 1]) },
  { styles: uses([other, 1]) },
  inHalves(prompt, uses([one, 1]), []),
]
const drawings = await Promise.all(strokes.map((_, at) => drawing(at + 1)))
const frames: Uint8Array[][] = [drawings.map(({ data }) => data)]
for (const live of lives) {
  const row: Uint8Array[] = []
  for (const image of drawings) row.push(await paint({ prompt, seed: 7, image, strength: defaults.strength, ...live }))
  frames.push(row)
}
await writeSheet(join(options.sheets, 'craft-live.webp'), frames, side)
await engine.close()
