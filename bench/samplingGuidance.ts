/** Guidance by step, by region and by content, against one guidance for the whole picture (`sampling.ts`). */
import { encode } from '../engine/lcf/dataset.ts'
import type { Region } from '../engine/types/settings.ts'
import { mean } from '../onnx/linalg/statistics.ts'
import { renderScene } from '../training/world/index.ts'
import { differenceOf, maskAbove, type Plane } from './planes.ts'
import {
  columns,
  difference,
  type Pictures,
  type SamplingExam,
  shown,
  type TableRow,
  type Way,
} from './samplingExam.ts'

/** Guidance as people say it, ω + 1; by step from the first to the last. */
const schedules: Readonly<Record<string, readonly number[]>> = {
  'falls 6, 4, 2, 1': [6, 4, 2, 1],
  'rises 1, 2, 4, 6': [1, 2, 4, 6],
  'early 4, 4, 2, 2': [4, 4, 2, 2],
  'late 2, 2, 4, 4': [2, 2, 4, 4],
  'first step free 1, 4, 4, 4': [1, 4, 4, 4],
}

interface Contender {
  readonly way: Way
  /** Of the UNet, for each picture. */
  readonly calls: number
}

export async function guidanceTable(opened: SamplingExam): Promise<TableRow[]> {
  const { paintAll, marksOf } = opened
  const usual = await marksOf(await paintAll({ steps: 4 }))
  const rows: TableRow[] = []
  for (const [guidance, { way, calls }] of Object.entries(await contenders(opened))) {
    const marks = await marksOf(await paintAll(way))
    const diversity = await diversityOf(way, opened)
    rows.push({ guidance, calls, ...columns(marks), ...difference(marks, usual), diversity })
    console.error(JSON.stringify(rows.at(-1)))
  }
  return rows
}

async function contenders(opened: SamplingExam): Promise<Record<string, Contender>> {
  const { exam, paintAll } = opened
  const four = (way: Omit<Way, 'steps'>): Contender => ({ way: { steps: 4, ...way }, calls: 4 })
  const found: Record<string, Contender> = {}
  for (const guidance of [1, 2, 3, 4, 6]) found[`constant ${guidance}`] = four({ guidance })
  for (const [name, guidanceByStep] of Object.entries(schedules)) found[name] = four({ further: { guidanceByStep } })
  found['eight steps, constant 3'] = { way: { steps: 8, guidance: 3 }, calls: 8 }
  const things = await thingsOf(opened)
  addMap('where things are', things, 8, 4, 2)
  addMap('where things are', things, 8, 6, 3)
  addMap('where a draft has edges', (await draft(3)).map(busyOf), 9, 4, 2)
  const [weak, strong] = [await draft(1), await draft(6)]
  const changed = weak.map((picture, at) => differenceOf(picture, strong[at]!))
  addMap('where guidance changes a draft', changed, 10, 4, 2)
  return found

  function addMap(where: string, planes: readonly Plane[], calls: number, inside: number, outside: number): void {
    const each = planes.map((plane, at) => ({ regions: [regionOf(exam.captions[at]!, plane, inside)] }))
    found[`${where} ${inside}, elsewhere ${outside}`] = { way: { steps: 4, guidance: outside, each }, calls }
  }

  async function draft(guidance: number): Promise<Pictures> {
    return paintAll({ steps: 4, guidance, further: { endStep: 1 } })
  }
}

/** The third of the picture where a plane is highest, with the same prompt and a guidance of its own. */
const regionOf = (prompt: string, plane: Plane, guidance: number): Region => ({
  ...{ prompt, guidance, mask: maskAbove(plane, 1 / 3) },
})

/** Where the generator would draw the things: what they change of their scene's landscape. */
async function thingsOf({ exam, side }: SamplingExam): Promise<Plane[]> {
  return Promise.all(
    exam.scenes.map(async scene =>
      differenceOf((await renderScene(scene, side)).data, (await renderScene({ ...scene, things: [] }, side)).data),
    ),
  )
}

/** How much a picture changes from one pixel to the next. */
function busyOf(picture: Uint8Array): Plane {
  const shifted = picture.map((_, at) => picture[Math.min(picture.length - 1, at + 3)]!)
  return differenceOf(picture, shifted)
}

/** Distance between pictures to the same caption from four seeds, in latents: root mean squares, their mean. */
async function diversityOf(way: Way, { exam, pipeline, side, paintAll }: SamplingExam): Promise<string> {
  const captions = 8
  const distances: number[] = []
  for (let at = 0; at < captions; at++) {
    const seeds = [0, 1, 2, 3].map(seed => 7000 + seed)
    const own = way.each?.[at]
    const each = own && { each: seeds.map(() => own) }
    const latents: Float32Array[] = []
    for (const data of await paintAll(
      { ...way, ...each },
      seeds,
      seeds.map(() => exam.captions[at]!),
    ))
      latents.push(await encode(pipeline, { width: side, height: side, data }))
    const pairs = latents.flatMap((one, first) => latents.slice(first + 1).map(other => distanceOf(one, other)))
    distances.push(mean(pairs).value)
  }
  return shown(mean(distances))
}

const distanceOf = (one: Float32Array, other: Float32Array): number =>
  Math.sqrt(one.reduce((sum, value, i) => sum + (value - other[i]!) ** 2, 0) / one.length)
