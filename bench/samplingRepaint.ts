/** Self-assessment's second half (`sampling.ts`): weak regions of a finished picture, noised again and painted anew. */
import { Random } from '../onnx/optim/random.ts'
import { differenceOf, maskAbove, type Plane } from './planes.ts'
import { columns, difference, type Pictures, type SamplingExam, type TableRow } from './samplingExam.ts'

/** Of the picture, that is painted anew. */
const weakShare = 1 / 4
/** Tiles along a side, hidden one after another for the dual encoder. */
const tiles = 4
const firstOfSecondSeeds = 50_000

interface Found {
  readonly planes: readonly Plane[]
  /** Calls of the UNet, and decodes, that finding took. */
  readonly calls: number
  readonly decodes: number
}

export async function repaintTable(opened: SamplingExam): Promise<TableRow[]> {
  const { exam, paintAll, scoresOf, marksOf } = opened
  const first = await paintAll({ steps: 4 })
  const [usual, scores] = [await marksOf(first), await scoresOf(first)]
  const rows: TableRow[] = [{ way: '4 steps', calls: 4, decodes: 1, ...columns(usual) }]
  const add = async (way: string, calls: number, decodes: number, pictures: Pictures) => {
    const marks = await marksOf(pictures)
    rows.push({ way, calls, decodes, ...columns(marks), ...difference(marks, usual) })
    console.error(JSON.stringify(rows.at(-1)))
  }
  const seeds = exam.seeds.map(seed => seed + firstOfSecondSeeds)
  /** The picture that the dual encoder likes more, of the first one and another. */
  const better = async (others: Pictures): Promise<Pictures> => {
    const now = await scoresOf(others)
    return others.map((picture, at) => (now[at]! > scores[at]! ? picture : first[at]!))
  }
  await add('8 steps', 8, 1, await paintAll({ steps: 8 }))
  await add('best of 2 pictures of 4 steps', 8, 2, await better(await paintAll({ steps: 4 }, seeds)))
  const ways: Record<string, Found> = {
    'all of it': { planes: first.map(() => new Float64Array(opened.side ** 2).fill(1)), calls: 0, decodes: 0 },
    'a random quarter': { planes: randomPlanes(exam.seeds, opened.side), calls: 0, decodes: 0 },
    'where the model disagrees with itself': await disagreement(first, opened),
    'what the dual encoder likes better hidden': { planes: await hidden(first, opened), calls: 0, decodes: 0 },
  }
  for (const [where, { planes, calls, decodes }] of Object.entries(ways))
    for (const strength of [0.5, 0.8]) {
      const masks = planes.map(plane => ({ maskImage: maskAbove(plane, where === 'all of it' ? 1 : weakShare) }))
      const steps = 4 - calls
      const again = await paintAll({ steps, each: masks, over: { pictures: first, strength } }, seeds)
      const name = `4 steps, then ${where} at ${strength}`
      await add(name, 4 + calls + steps, 2 + decodes, again)
      await add(`${name}, the better of both`, 4 + calls + steps, 2 + decodes, await better(again))
    }
  return rows
}

/** Half noised and believed in one call: what comes out otherwise than it was, the model is least sure of. */
async function disagreement(pictures: Pictures, { exam, paintAll }: SamplingExam): Promise<Found> {
  const seeds = exam.seeds.map(seed => seed + 2 * firstOfSecondSeeds)
  const believed = await paintAll({ steps: 1, over: { pictures, strength: 0.5 } }, seeds)
  return { planes: pictures.map((picture, at) => differenceOf(picture, believed[at]!)), calls: 1, decodes: 1 }
}

/** How much nearer to its caption a picture is when a tile is hidden behind the picture's mean colour. */
async function hidden(pictures: Pictures, { side, scoresOf }: SamplingExam): Promise<Plane[]> {
  const planes = pictures.map(() => new Float64Array(side * side))
  const tile = side / tiles
  for (let index = 0; index < tiles * tiles; index++) {
    const [left, top] = [(index % tiles) * tile, Math.floor(index / tiles) * tile]
    const isIn = (pixel: number) => {
      const [x, y] = [(pixel % side) - left, Math.floor(pixel / side) - top]
      return x >= 0 && x < tile && y >= 0 && y < tile
    }
    const scores = await scoresOf(pictures.map(picture => hiding(picture, isIn)))
    for (const [at, plane] of planes.entries())
      for (let pixel = 0; pixel < plane.length; pixel++) if (isIn(pixel)) plane[pixel] = scores[at]!
  }
  return planes
}

function hiding(picture: Uint8Array, isIn: (pixel: number) => boolean): Uint8Array {
  const sums = [0, 0, 0]
  for (let at = 0; at < picture.length; at++) sums[at % 3]! += picture[at]!
  return picture.map((value, at) => (isIn(Math.floor(at / 3)) ? (3 * sums[at % 3]!) / picture.length : value))
}

/** One square that holds a quarter of the picture, anywhere. */
function randomPlanes(seeds: readonly number[], side: number): Plane[] {
  return seeds.map(seed => {
    const random = new Random(seed)
    const [left, top] = [random.below(side / 2), random.below(side / 2)]
    return Float64Array.from({ length: side * side }, (_, pixel) => {
      const [x, y] = [(pixel % side) - left, Math.floor(pixel / side) - top]
      return x >= 0 && x < side / 2 && y >= 0 && y < side / 2 ? 1 : 0
    })
  })
}
