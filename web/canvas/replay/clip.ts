import type { Box } from '../../../protocol/scene.ts'
import { contextOf } from '../inkCanvas.ts'
import { animatedWebp, type WebpFrame } from './animatedWebp.ts'

/** What a clip is made of: whatever `draw` puts onto the canvas. */
export interface ClipSource {
  readonly canvas: HTMLCanvasElement
  /** Draws a moment, 0…1 of the replay, with its pictures; resolves with whether anything changed. */
  draw(share: number): Promise<boolean>
}

/** How far a clip is, and how long it will take still, about; null: nobody knows yet. */
export interface ClipProgress {
  readonly share: number
  readonly leftMs: number | null
}

/** This browser cannot write WebP. */
export class NoWebpError extends Error {}

export const framesPerSecond = 15
const quality = 0.82
/** Of a clip the last moment stays to be seen, beside its moving part. */
const lastShare = 0.1
/** More than this in memory is no clip that anybody sends. */
const maxBytes = 64 * 1024 * 1024
/** Frames by which the time that it takes is known. */
const measuredFrames = 5

/**
 * Makes an animated WebP of so many seconds in the browser, one picture after the other: of each only the part that has
 * changed is encoded, so it needs the memory of its result and two pictures.
 * @throws NoWebpError where the browser cannot write WebP, and what `signal` was aborted with
 */
export async function makeClip(
  source: ClipSource,
  options: {
    readonly seconds: number
    readonly signal: AbortSignal
    readonly onProgress: (progress: ClipProgress) => void
  },
): Promise<Blob> {
  const { seconds, signal, onProgress } = options
  const { width, height } = source.canvas
  const count = Math.round(seconds * framesPerSecond)
  const moving = Math.max(1, Math.floor(count * (1 - lastShare)) - 1)
  const frames: WebpFrame[] = []
  const startedAt = performance.now()
  let before: Uint32Array | null = null
  let bytes = 0
  for (let index = 0; index < count; index++) {
    signal.throwIfAborted()
    const hasChanged = await source.draw(Math.min(1, index / moving))
    const pixels: Uint32Array | null = hasChanged || !before ? pixelsOf(source.canvas) : before
    const part = before ? changedPart(before, pixels, width) : { x: 0, y: 0, width, height }
    before = pixels
    if (part) {
      const image = await encode(source.canvas, part)
      bytes += image.length
      if (bytes > maxBytes) throw new RangeError(`Expected a clip of at most ${maxBytes} bytes.`)
      frames.push({ image, ...part, durationMs: 0 })
    }
    // Frames begin and end on whole milliseconds, and none is longer than the clip.
    frames.at(-1)!.durationMs += timeOf(index + 1) - timeOf(index)
    const spent = performance.now() - startedAt
    const leftMs = index < measuredFrames ? null : (spent / (index + 1)) * (count - index - 1)
    onProgress({ share: (index + 1) / count, leftMs })
    // The page stays alive, and whoever wants to can stop it.
    await new Promise(resolve => setTimeout(resolve))
  }
  return animatedWebp(width, height, frames)
}

const timeOf = (frame: number): number => Math.round((frame * 1000) / framesPerSecond)

function pixelsOf(canvas: HTMLCanvasElement): Uint32Array {
  return new Uint32Array(contextOf(canvas).getImageData(0, 0, canvas.width, canvas.height).data.buffer)
}

/** The box around all pixels that differ, its corner on even numbers as the format has it; null: none does. */
export function changedPart(before: Uint32Array, after: Uint32Array, width: number): Box | null {
  const height = after.length / width
  let [left, right, top, bottom] = [width, -1, height, -1]
  for (let y = 0; y < height; y++) {
    const row = y * width
    let first = 0
    while (first < width && before[row + first] === after[row + first]) first++
    if (first === width) continue
    let last = width - 1
    while (before[row + last] === after[row + last]) last--
    left = Math.min(left, first)
    right = Math.max(right, last)
    if (bottom < 0) top = y
    bottom = y
  }
  if (bottom < 0) return null
  const [x, y] = [left - (left % 2), top - (top % 2)]
  return { x, y, width: right - x + 1, height: bottom - y + 1 }
}

async function encode(canvas: HTMLCanvasElement, { x, y, width, height }: Box): Promise<Uint8Array> {
  const part = Object.assign(document.createElement('canvas'), { width, height })
  contextOf(part).drawImage(canvas, x, y, width, height, 0, 0, width, height)
  const blob = await new Promise<Blob | null>(resolve => part.toBlob(resolve, 'image/webp', quality))
  if (blob?.type !== 'image/webp') throw new NoWebpError()
  return new Uint8Array(await blob.arrayBuffer())
}
