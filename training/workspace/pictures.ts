import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { seedOf } from '../../onnx/optim/random.ts'
import {
  createRandom,
  type Kind,
  type Place,
  type Scene,
  type Size,
  type Style,
  sampleGarden,
  sampleScene,
  type Weather,
} from '../world/index.ts'

/** Which part of the world is shown; a scene outside of it is drawn again. */
export interface Slice {
  readonly styles: readonly Style[]
  readonly kinds: readonly Kind[]
  readonly places: readonly Place[]
  readonly weathers: readonly Weather[]
  readonly sizes: readonly Size[]
  readonly maxThings: number
  readonly maxCount: number
  /** Share of scenes that are of the garden (`world/garden.ts`); none by default. */
  readonly gardenShare?: number
}

export interface PictureSet {
  /** Folder of the rendered chunks. */
  readonly folder: string
  /** Scenes of different series have nothing in common. */
  readonly series: number
  readonly slice: Slice
  /** Side in pixels. */
  readonly size: number
  readonly count: number
}

/** Pictures of one file; a chunk is the unit in which rendering and encoding go on after a stop. */
export const chunkSize = 500

/** The scene number `index` of a set, always the same. */
export function sceneAt({ series, slice }: Pick<PictureSet, 'series' | 'slice'>, index: number): Scene {
  const seed = seedOf(series, index)
  if (createRandom(seed, 'which part').chance(slice.gardenShare ?? 0)) return sampleGarden(seed)
  for (let attempt = 0; attempt < 10_000; attempt++) {
    const scene = sampleScene((seed + attempt) >>> 0, { split: 'train' })
    if (isInside(scene, slice)) return { ...scene, style: slice.styles[seed % slice.styles.length]! }
  }
  throw new Error('Expected the slice of the world to hold one scene in ten thousand; it seems to hold none.')
}

/** Whether a scene belongs to that part of the world. */
export function isInside(scene: Scene, slice: Slice): boolean {
  return (
    scene.things.length <= slice.maxThings &&
    slice.places.includes(scene.place) &&
    slice.weathers.includes(scene.weather) &&
    scene.things.every(
      ({ kind, size, count }) => slice.kinds.includes(kind) && slice.sizes.includes(size) && count <= slice.maxCount,
    )
  )
}

export const chunkFile = ({ folder }: PictureSet, chunk: number): string =>
  join(folder, `${String(chunk).padStart(5, '0')}.rgb`)
/** How many chunks fit into so many bytes, at least one. */
export const heldChunks = ({ size }: Pick<PictureSet, 'size'>, bytes: number): number =>
  Math.max(1, Math.floor(bytes / (chunkSize * size * size * 3)))
export const chunksOf = ({ count }: PictureSet): number => Math.ceil(count / chunkSize)

/** Renders what is missing in processes beside the training; resolves when all chunks are there. */
export async function renderPictures(set: PictureSet, processes = 1): Promise<void> {
  await mkdir(set.folder, { recursive: true })
  const chunks = Array.from({ length: chunksOf(set) }, (_, chunk) => chunk)
  const missing = chunks.filter(chunk => !existsSync(chunkFile(set, chunk)))
  const shares = Array.from({ length: processes }, (_, at) => missing.filter((_, index) => index % processes === at))
  await Promise.all(shares.filter(({ length }) => length > 0).map(share => renderChunks(set, share)))
}

async function renderChunks(set: PictureSet, chunks: readonly number[]): Promise<void> {
  const fromSource = import.meta.url.endsWith('.ts')
  const program = fileURLToPath(new URL(fromSource ? './renderer.ts' : './renderer.js', import.meta.url))
  const renderer = fork(program, [JSON.stringify({ set, chunks })], {
    execArgv: fromSource ? ['--import', 'tsx'] : [],
  })
  const [code] = await once(renderer, 'exit')
  if (code !== 0) throw new Error(`Rendering ended with code ${code}; its own message is above.`)
}

/** Waits until a chunk has been rendered, and reads it: pictures of size × size × RGB, one after another. */
export async function readChunk(set: PictureSet, chunk: number, signal?: AbortSignal): Promise<Uint8Array> {
  const file = chunkFile(set, chunk)
  while (!existsSync(file)) await wait(100, undefined, signal ? { signal } : {})
  return readFileSync(file)
}

/** Bytes 0 … 255, rows of RGB → planes of −1 … 1. A crop of `side` from (left, top) of a picture `size` wide. */
export function planesOf(
  rgb: Uint8Array,
  { size, left = 0, top = 0, side = size }: { size: number; left?: number; top?: number; side?: number },
  into: Float32Array,
): void {
  const area = side * side
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = ((top + y) * size + left + x) * 3
      const to = y * side + x
      into[to] = rgb[from]! / 127.5 - 1
      into[to + area] = rgb[from + 1]! / 127.5 - 1
      into[to + area * 2] = rgb[from + 2]! / 127.5 - 1
    }
  }
}

/** Planes of side² → planes of smaller² that they are the means of. */
export function averagedDown(planes: Float32Array, side: number, smaller: number): Float32Array {
  const factor = side / smaller
  const out = new Float32Array((planes.length / (side * side)) * smaller * smaller)
  for (const [at, value] of planes.entries()) {
    const [plane, y, x] = [Math.floor(at / side ** 2), Math.floor(at / side) % side, at % side]
    out[(plane * smaller + Math.floor(y / factor)) * smaller + Math.floor(x / factor)]! += value / factor ** 2
  }
  return out
}

/** The way back, for looking. */
export function rgbOf(planes: Float32Array, side: number): Uint8Array {
  const area = side * side
  const rgb = new Uint8Array(area * 3)
  for (let at = 0; at < area; at++) {
    for (let channel = 0; channel < 3; channel++) {
      rgb[at * 3 + channel] = Math.max(0, Math.min(255, Math.round((planes[at + channel * area]! + 1) * 127.5)))
    }
  }
  return rgb
}
