import { parseArgs } from 'node:util'
import { createCanvas, type Image } from '@napi-rs/canvas'
import { type Mask, openEngine } from '../engine/index.ts'
import type { Element, FrameElement, StrokeElement } from '../protocol/scene.ts'
import { createFrameRaster, type Raster } from '../server/raster.ts'
import { buildFrame, buildStroke, byId } from '../test/support/scenes.ts'
import { report, round } from './canvas.ts'

/**
 * Whether what is not touched stays: a picture from words becomes the paper, strokes come into one corner, and each picture
 * is compared with the one before, far from the strokes and near them. Same seed, so the same noise. How much of the ink
 * is seen: by how much of its difference from the paper the picture with it differs from the picture without it.
 */
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/fourstroke-256' },
    strength: { type: 'string', default: '0.1,0.2,0.3,0.45' },
    edits: { type: 'string', default: '6' },
    steps: { type: 'string' },
    threads: { type: 'string', default: '1' },
  },
})
const prompts = ['a red house by a lake', 'mountains at sunset', 'a boat on the sea at night', 'a tree in a field']
/** Of the frame, in pixels of the picture: strokes lie in it, and what is farther than the margin is far. */
const corner = 40
const margin = 16

const engine = await openEngine({ modelFolder: values.model, device: 'cpu', threads: Number(values.threads) })
const { sizes, defaults } = engine.info.model
const { width, height } = sizes.default
const edits = Number(values.edits)
const allSteps = (values.steps ?? `${defaults.steps}`).split(',').map(Number)

interface Look {
  readonly prompt: string
  readonly seed: number
  readonly steps: number
}

async function paint(
  { prompt, seed, steps }: Look,
  over?: { readonly image: Picture; readonly strength: number; readonly inkMask?: Mask },
): Promise<Picture> {
  const { guidance } = defaults
  const request = { owner: 'bench', prompt, seed, steps, guidance, width, height, priority: 'live' as const, ...over }
  const end = await engine.paint(request).ended
  if (end.type !== 'finished') throw new Error(`Expected a picture, got ${end.type}`)
  return end.picture
}
interface Picture {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

function toImage({ data }: Picture): Image {
  const canvas = createCanvas(width, height)
  const context = canvas.getContext('2d')
  const pixels = context.createImageData(width, height)
  for (let i = 0; i < width * height; i++) pixels.data.set([...data.subarray(i * 3, i * 3 + 3), 255], i * 4)
  context.putImageData(pixels, 0, 0)
  // The raster draws a canvas as it draws an image.
  return canvas as unknown as Image
}

/** Mean absolute difference of 255, over the pixels that `counts` chooses. */
function difference(a: Picture, b: Picture, counts: (x: number, y: number) => boolean): number {
  let [sum, count] = [0, 0]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!counts(x, y)) continue
      for (let channel = 0; channel < 3; channel++) {
        const at = (y * width + x) * 3 + channel
        sum += Math.abs(a.data[at]! - b.data[at]!)
        count++
      }
    }
  }
  return sum / count
}

/** The share of what ink changes of its paper that a picture shows, by least squares over where it changes much. */
function shareSeen(painted: Picture, without: Picture, drawing: Raster, paper: Raster): number {
  let [seen, drawn] = [0, 0]
  for (let at = 0; at < drawing.data.length; at++) {
    const ink = drawing.data[at]! - paper.data[at]!
    if (Math.abs(ink) < least) continue
    seen += (painted.data[at]! - without.data[at]!) * ink
    drawn += ink * ink
  }
  return seen / drawn
}
/** Of 255. */
const least = 12

/** A short dark or coloured stroke somewhere in the corner, in scene units of a frame as large as its picture. */
function strokeIn(index: number): Element {
  const place = (step: number) => [4 + ((index * 7 + step * 3) % 28), 6 + ((index * 11 + step * 2) % 26), 1]
  const color = ['#20242c', '#c0392b', '#2c6fbb', '#e0a030'][index % 4]!
  const points = Array.from({ length: 6 }, (_, step) => place(step)).flat()
  const stroke = buildStroke({ id: `s${index}`, z: `a${index}`, color, size: 5, pressure: true, points })
  return { ...(stroke as StrokeElement), author: 'ada', removed: false }
}

const far = (x: number, y: number) => x > corner + margin || y > corner + margin
const near = (x: number, y: number) => x < corner && y < corner
const mean = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / list.length
type Paper = 'picture' | 'white'

/** Strokes that come one by one over every prompt: what changes with each, and from the first picture to the last. */
async function editing(paper: Paper, steps: number, strength: number) {
  const [fars, nears, drifts, shares]: [number[], number[], number[], number[]] = [[], [], [], []]
  for (const [seed, prompt] of prompts.entries()) {
    const look = { prompt, seed, steps }
    const image = toImage(await paint(look))
    const frame = { ...(buildFrame({ width, height }) as FrameElement), author: 'ada', removed: false }
    const sheet = paper === 'white' ? frame : { ...frame, paper: { kind: 'picture', file: 'words' } as const }
    const raster = createFrameRaster()
    const render = (elements: readonly Element[]) =>
      raster.render(sheet, byId(elements), { width, height }, () => image)
    const pictures: Picture[] = []
    let drawing = render([])
    const bare = { drawing, picture: await paint(look, { image: drawing, strength }) }
    for (let count = 1; count <= edits; count++) {
      const elements = Array.from({ length: count }, (_, index) => strokeIn(index))
      drawing = render(elements)
      const { inkMask } = drawing
      pictures.push(await paint(look, { image: drawing, strength, ...(inkMask && { inkMask }) }))
    }
    for (const [at, picture] of pictures.slice(1).entries()) {
      fars.push(difference(pictures[at]!, picture, far))
      nears.push(difference(pictures[at]!, picture, near))
    }
    shares.push(shareSeen(pictures.at(-1)!, bare.picture, drawing, bare.drawing))
    drifts.push(difference(pictures[0]!, pictures.at(-1)!, far))
  }
  return {
    ...{ farMean: round(mean(fars)), farWorst: round(Math.max(...fars)), nearMean: round(mean(nears)) },
    ...{ drift: round(mean(drifts)), seen: round(mean(shares)) },
  }
}

const rows: ({ steps: number; strength: number; paper: Paper } & Awaited<ReturnType<typeof editing>>)[] = []
for (const steps of allSteps)
  for (const strength of values.strength.split(',').map(Number))
    for (const paper of ['picture', 'white'] as const)
      rows.push({ steps, strength, paper, ...(await editing(paper, steps, strength)) })
await engine.close()
report(
  `coherence of a live frame, ${prompts.length} prompts × ${edits} strokes in one corner`,
  rows.map(
    ({ steps, strength, paper, farMean, farWorst, drift, nearMean, seen }) =>
      `${steps} steps at ${strength} over ${paper}: elsewhere mean ${farMean}, worst ${farWorst} of 255 (aim ≤ 2), first to last ${drift}; in the corner ${nearMean}; of the ink ${seen} is seen`,
  ),
  { bench: 'coherence', model: engine.info.model.name, rows },
)
