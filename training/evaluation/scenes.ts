import { closeSync, openSync, readSync } from 'node:fs'
import { seedOf } from '../../onnx/optim/random.ts'
import {
  averagedDown,
  chunkFile,
  chunkSize,
  isInside,
  type PictureSet,
  planesOf,
  type Slice,
} from '../workspace/pictures.ts'
import { createRandom, type Position, type Scene, type Split, sampleGarden, sampleScene } from '../world/index.ts'

/** One rendered picture of a set, RGB; its chunk must be there. */
export function readPicture(set: PictureSet, index: number): Uint8Array {
  const bytes = new Uint8Array(set.size * set.size * 3)
  const file = chunkFile(set, Math.floor(index / chunkSize))
  const descriptor = openSync(file, 'r')
  try {
    const read = readSync(descriptor, bytes, 0, bytes.length, (index % chunkSize) * bytes.length)
    if (read !== bytes.length)
      throw new Error(`Expected ${bytes.length} bytes of picture ${index} in ${file}, got ${read}.`)
  } finally {
    closeSync(descriptor)
  }
  return bytes
}

/** Side of the pictures that classifier and dual encoder look at, in pixels: larger ones are averaged down. */
export const seenSideOf = ({ size }: Pick<PictureSet, 'size'>): number => Math.min(size, 128)

/**
 * RGB bytes of a square picture → planes of −1 … 1 at `into`, `side` wide, left and right swapped if `mirrored`. Larger
 * pictures, whole times so wide, are averaged down.
 */
export function planesInto(rgb: Uint8Array, side: number, into: Float32Array, mirrored = false): void {
  const size = Math.sqrt(rgb.length / 3)
  const factor = size / side
  if (!Number.isInteger(factor)) throw new RangeError(`Expected a picture ${side} wide or whole times so, got ${size}.`)
  if (factor === 1) planesOf(rgb, { size }, into)
  else {
    const planes = new Float32Array(rgb.length)
    planesOf(rgb, { size }, planes)
    into.set(averagedDown(planes, size, side))
  }
  if (mirrored) for (let at = 0; at < into.length; at += side) into.subarray(at, at + side).reverse()
}

const mirrorOf: Record<Position, Position> = { left: 'right', centre: 'centre', right: 'left' }

export function mirroredScene(scene: Scene): Scene {
  return { ...scene, things: scene.things.map(thing => ({ ...thing, position: mirrorOf[thing.position] })) }
}

/** Series of scenes that no training sees. */
const evaluationSeries = 1_000_003

/** The first `count` scenes of a split that lie in a part of the world; another `series` gives others. */
export function scenesFor(
  slice: Slice,
  { split, count, series = 0 }: { readonly split: Split; readonly count: number; readonly series?: number },
): Scene[] {
  const scenes: Scene[] = []
  for (let index = 0; scenes.length < count; index++) {
    if (index > 1000 * (count + 100)) {
      throw new Error(`Expected the slice of the world to hold ${count} scenes of "${split}", found ${scenes.length}.`)
    }
    const seed = seedOf(evaluationSeries + series, index)
    if (split === 'val' && createRandom(seed, 'which part').chance(slice.gardenShare ?? 0)) {
      scenes.push(sampleGarden(seed))
      continue
    }
    const scene = sampleScene(seed, { split, fixed: { style: slice.styles[seed % slice.styles.length]! } })
    if (isInside(scene, slice)) scenes.push(scene)
  }
  return scenes
}
