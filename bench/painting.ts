/**
 * What each way to paint costs, and whether seams show: masks, regions, branches, variations, a second pass, and canvases
 * that are extended (docs/painting.md).
 *
 *     npm run bench:painting -- --model models/fourstroke-256 --rounds 5
 *
 * Every way is painted once a round, in turns, so that whatever else the machine does falls on all; figures are medians
 * of processor time, which other work on the machine changes least. A first round warms up.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import sharp from 'sharp'
import { readModelFolder } from '../engine/pipeline/modelFolder.ts'
import { openPipeline } from '../engine/pipeline/pipeline.ts'
import { doubled } from '../engine/pipeline/resample.ts'
import type { Mask, PaintRequest, Rgb } from '../engine/types/engine.ts'
import { costOf } from '../engine/types/request.ts'
import { extendCanvas } from '../studio/images/outpaint.ts'
import { paintAlone } from '../test/engine/support/paintAlone.ts'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: fileURLToPath(new URL('../models/fourstroke-256', import.meta.url)) },
    rounds: { type: 'string', default: '5' },
  },
})
const folder = await readModelFolder(options.model)
const pipeline = await openPipeline(folder, { device: 'cpu', upcast: true })
const side = folder.trainedSize
const { steps, guidance } = folder.defaults
const base: PaintRequest = {
  ...{ owner: '', priority: 'interactive', prompt: 'a red house by a lake', seed: 3, steps, guidance },
  ...{ width: side, height: side },
}
const paint = async (request: Partial<PaintRequest>) => (await paintAlone(pipeline, { ...base, ...request })).picture

const maskOf = (isWhite: (x: number) => boolean): Mask => ({
  ...{ width: side, height: side },
  data: Uint8Array.from({ length: side * side }, (_, i) => (isWhite(i % side) ? 255 : 0)),
})
const right = maskOf(x => x >= side / 2)
const image = await paint({ prompt: 'a green tree', seed: 5 })
const regions = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    ...{ prompt: 'a green tree', guidance },
    mask: maskOf(x => Math.floor((x * count) / side) === i),
  }))
const ways: Readonly<Record<string, Partial<PaintRequest>>> = {
  'a picture': {},
  'over an image, strength 0.6': { image, strength: 0.6 },
  'a mask': { image, strength: 1, maskImage: right },
  'one region': { regions: regions(1) },
  'four regions': { regions: regions(4) },
  'eight regions': { regions: regions(8) },
  'a branch from step 2': { seed: 9, prefix: [{ ...base, untilStep: 2 }] },
  'the picture of step 2': { endStep: 2 },
  'a variation': { variation: { seed: 9, strength: 0.3 } },
  'a second pass, 0.2': { upscale: { strength: 0.2 } },
  'a second pass, 0': { upscale: { strength: 0 } },
}

const times = new Map<string, number[]>()
for (let round = 0; round <= Number(options.rounds); round++) {
  for (const [name, request] of Object.entries(ways)) {
    const before = process.cpuUsage()
    await paint(request)
    const { user, system } = process.cpuUsage(before)
    if (round > 0) times.set(name, [...(times.get(name) ?? []), (user + system) / 1000])
  }
}
const model = { guidanceEmbedding: folder.guidanceDim !== undefined, schedule: folder.schedule }
const rowsOf = (request: Partial<PaintRequest>) => costOf({ ...base, ...request }, model) / side ** 2
console.log('| way to paint | UNet rows | processor ms | of a picture |\n| --- | --- | --- | --- |')
const usualMs = median(times.get('a picture')!)
for (const [name, request] of Object.entries(ways)) {
  const ms = median(times.get(name)!)
  console.log(`| ${name} | ${rowsOf(request)} | ${Math.round(ms)} | ${(ms / usualMs).toFixed(2)} |`)
}

console.log('\n| seam | strongest step of columns, of 255 |\n| --- | --- |')
const margin = side / 4
for (const [at, prompt] of ['a red house by a lake', 'a green tree', 'a boat on the sea'].entries()) {
  const picture = await paint({ prompt, seed: 11 + at })
  const png = await sharp(picture.data, { raw: { width: side, height: side, channels: 3 } })
    .png()
    .toBuffer()
  const canvas = await extendCanvas(png, { left: 0, top: 0, right: margin, bottom: 0 })
  const size = { width: canvas.width, height: canvas.height }
  const request = { ...size, prompt, image: { ...size, data: await bytesOf(canvas.image, 3) }, strength: 0.9 }
  const soft = { ...size, data: await bytesOf(canvas.mask, 1) }
  const hard = { ...size, data: Uint8Array.from(soft.data, (_, i) => (i % size.width < side ? 0 : 255)) }
  const seam = async (maskImage: Mask) => strongestStep(await paint({ ...request, maskImage }), side).toFixed(1)
  console.log(`| extended, ${prompt} | ${await seam(soft)} |`)
  console.log(`| the same with a hard mask | ${await seam(hard)} |`)
}
const enlarged = doubled(await paint({}))
const second = await paint({ upscale: { strength: 0.3 } })
for (const border of [side / 2, side, (3 * side) / 2]) {
  const [step, plain] = [second, enlarged].map(each => strongestStep(each, border, 1).toFixed(1))
  console.log(`| second pass 0.3, over a border of tiles | ${step} (${plain} enlarged alone) |`)
}
await pipeline.release()

/** The largest mean difference between neighbouring columns, of those up to `reach` before a place. */
function strongestStep({ width, height, data }: Rgb, place: number, reach = 17): number {
  const steps = Array.from({ length: reach }, (_, back) => {
    const x = place - back
    let sum = 0
    for (let y = 0; y < height; y++) {
      const start = (y * width + x) * 3
      for (let channel = 0; channel < 3; channel++) sum += Math.abs(data[start + channel]! - data[start - 3 + channel]!)
    }
    return sum / (3 * height)
  })
  return Math.max(...steps)
}

async function bytesOf(png: Uint8Array, channels: 1 | 3): Promise<Uint8Array> {
  const read = channels === 1 ? sharp(png).toColourspace('b-w') : sharp(png).removeAlpha()
  return new Uint8Array(await read.raw().toBuffer())
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}
