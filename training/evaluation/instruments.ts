import type { Pipeline } from '../../engine/pipeline/pipeline.ts'
import type { Slice } from '../workspace/pictures.ts'
import { captionScene, completeManner, renderScene, type Scene, sampleGarden } from '../world/index.ts'
import { type DenoisingRow, denoisingRows } from './denoising.ts'
import { createLcmPipeline, type Paint, roundTripOf } from './pipelines.ts'
import { scenesFor } from './scenes.ts'
import { correlation, edgesOf, fineEnergy } from './sharpness.ts'

/** Figures about a model folder that need nothing trained to measure with, so that nothing can be pleased by them. */
export interface InstrumentRows {
  readonly denoising: readonly (DenoisingRow & { readonly scenes: 'garden' | 'world' })[]
  /** Energy of luma above 1/8 cycle a pixel. */
  readonly fineEnergy: { readonly roundTripOfClean: number; readonly fourStepsOfRoundTrip: number }
  /** Root mean square change of latents from ω 1 to 8, as a share of their own. */
  readonly guidanceEffect: number
  /** Correlation of the edges of a drawing with those of what is painted over it. */
  readonly edges: readonly { readonly strength: number; readonly kept: number }[]
  /** The same of the drawing through the autoencoder alone. */
  readonly edgesOfRoundTrip: number
  /** Root mean square distance between pictures to the same prompt from eight seeds, in latents, as a share of their deviation. */
  readonly diversity: number
}

const strengths = [0.3, 0.5, 0.7, 0.9] as const
const seedsOfOnePrompt = 8
/** Apart from the seeds of the training, which are numbers of 32 bits drawn at random. */
const firstGardenSeed = 900_000_000
const worldSeries = 5

export interface InstrumentOptions {
  /** Scenes of each part. */
  readonly n: number
  readonly world: Slice
  readonly say?: (message: string) => void
}

export async function measureInstruments(
  pipeline: Pipeline,
  { n, world, say = () => undefined }: InstrumentOptions,
): Promise<InstrumentRows> {
  const garden = Array.from({ length: n }, (_, at) => sampleGarden(firstGardenSeed + at))
  const whole = scenesFor(world, { split: 'val', count: n, series: worldSeries })
  const denoising: InstrumentRows['denoising'][number][] = []
  for (const [scenes, rows] of [
    ['garden', await denoisingRows(pipeline, garden)],
    ['world', await denoisingRows(pipeline, whole)],
  ] as const)
    denoising.push(...rows.map(row => ({ ...row, scenes })))
  say('Measured how well noise is taken away.')
  const sharpness = await sharpnessOf(pipeline, garden)
  say('Measured how fine pictures are.')
  const guidanceEffect = await guidanceEffectOf(pipeline, garden)
  const edges = await edgePreservation(pipeline, garden.slice(0, Math.ceil(n / 2)))
  say('Measured what is kept of drawings.')
  const diversity = await diversityOf(pipeline, garden.slice(0, Math.ceil(n / seedsOfOnePrompt)))
  return { denoising, fineEnergy: sharpness, guidanceEffect, ...edges, diversity }
}

const captionsOf = (scenes: readonly Scene[]) => scenes.map(scene => captionScene(scene, scene.seed, completeManner))
const seedsOf = (scenes: readonly Scene[]) => scenes.map((_, at) => at)

/** As many pictures at once as memory bears. */
const atOnce = 16

async function paintAll(paint: Paint, request: Parameters<Paint>[0]): Promise<Uint8Array[]> {
  const pictures: Uint8Array[] = []
  for (let from = 0; from < request.captions.length; from += atOnce) {
    const part = <T>(list: readonly T[]) => list.slice(from, from + atOnce)
    pictures.push(
      ...(await paint({
        ...request,
        captions: part(request.captions),
        seeds: part(request.seeds),
        ...(request.over && { over: { ...request.over, pictures: part(request.over.pictures) } }),
      })),
    )
  }
  return pictures
}

async function rendersOf(scenes: readonly Scene[], side: number): Promise<Uint8Array[]> {
  const pictures: Uint8Array[] = []
  for (const scene of scenes) pictures.push((await renderScene(scene, side)).data)
  return pictures
}

async function sharpnessOf(pipeline: Pipeline, scenes: readonly Scene[]): Promise<InstrumentRows['fineEnergy']> {
  const { trainedSize: side, defaults } = pipeline.folder
  const clean = await rendersOf(scenes, side)
  const roundTrip = fineEnergy(await roundTripOf(pipeline)(clean), side)
  const request = { captions: captionsOf(scenes), seeds: seedsOf(scenes), steps: 4, guidance: defaults.guidance }
  const painted = await paintAll(createLcmPipeline(pipeline), request)
  return {
    roundTripOfClean: roundTrip / fineEnergy(clean, side),
    fourStepsOfRoundTrip: fineEnergy(painted, side) / roundTrip,
  }
}

/** The latents that pictures are decoded from. */
async function latentsOf(pipeline: Pipeline, request: Parameters<Paint>[0]): Promise<Float32Array[]> {
  const latents: Float32Array[] = []
  const listening: Pipeline = {
    ...pipeline,
    decode(rows, size, batch) {
      latents.push(...rows.map(row => row.slice()))
      return pipeline.decode(rows, size, batch)
    },
  }
  await paintAll(createLcmPipeline(listening), request)
  return latents
}

/** Guidance is ω + 1. */
async function guidanceEffectOf(pipeline: Pipeline, scenes: readonly Scene[]): Promise<number> {
  const request = { captions: captionsOf(scenes), seeds: seedsOf(scenes), steps: 4 }
  const weak = await latentsOf(pipeline, { ...request, guidance: 2 })
  const strong = await latentsOf(pipeline, { ...request, guidance: 9 })
  return rootMeanSquare(weak.map((z, at) => difference(z, strong[at]!))) / rootMeanSquare(weak)
}

/** Drawings in ink of other scenes of the same kind and place, painted over with the caption of the first. */
async function edgePreservation(
  pipeline: Pipeline,
  scenes: readonly Scene[],
): Promise<Pick<InstrumentRows, 'edges' | 'edgesOfRoundTrip'>> {
  const { trainedSize: side, defaults } = pipeline.folder
  const drawings = await rendersOf(
    scenes.map(scene => ({ ...scene, style: 'ink', time: 'day', weather: 'clear' }) as const),
    side,
  )
  const drawn = drawings.map(picture => edgesOf(picture, side))
  const preservedIn = (pictures: readonly Uint8Array[]) =>
    pictures.reduce((sum, picture, at) => sum + correlation(edgesOf(picture, side), drawn[at]!), 0) / pictures.length
  const request = { captions: captionsOf(scenes), seeds: seedsOf(scenes), steps: 4, guidance: defaults.guidance }
  const edges: { strength: number; kept: number }[] = []
  for (const strength of strengths) {
    const painted = await paintAll(createLcmPipeline(pipeline), { ...request, over: { pictures: drawings, strength } })
    edges.push({ strength, kept: preservedIn(painted) })
  }
  return { edges, edgesOfRoundTrip: preservedIn(await roundTripOf(pipeline)(drawings)) }
}

async function diversityOf(pipeline: Pipeline, scenes: readonly Scene[]): Promise<number> {
  const { guidance } = pipeline.folder.defaults
  const distances: Float32Array[] = []
  const all: Float32Array[] = []
  for (const caption of captionsOf(scenes)) {
    const captions = Array(seedsOfOnePrompt).fill(caption) as string[]
    const latents = await latentsOf(pipeline, { captions, seeds: captions.map((_, seed) => seed), steps: 4, guidance })
    for (const [at, z] of latents.entries())
      for (const other of latents.slice(at + 1)) distances.push(difference(z, other))
    all.push(...latents)
  }
  // Two draws from one distribution are √2 deviations apart.
  return rootMeanSquare(distances) / (Math.SQRT2 * rootMeanSquare(all))
}

const difference = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, at) => value - b[at]!)

function rootMeanSquare(rows: readonly Float32Array[]): number {
  let [squares, count] = [0, 0]
  for (const row of rows) {
    for (const value of row) squares += value ** 2
    count += row.length
  }
  return Math.sqrt(squares / count)
}
