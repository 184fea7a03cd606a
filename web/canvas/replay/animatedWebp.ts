/**
 * An animated WebP from pictures that a browser has encoded one by one: their image data within the container that
 * https://developers.google.com/speed/webp/docs/riff_container describes.
 */
export interface WebpFrame {
  /** A still WebP. */
  readonly image: Uint8Array
  /** Where its upper left corner lies, in pixels; even numbers. */
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  durationMs: number
}

/** Plays again and again. `width`, `height`: of the whole, in pixels. */
export function animatedWebp(width: number, height: number, frames: readonly WebpFrame[]): Blob {
  const header = [
    chunk('VP8X', [new Uint8Array([isAnimated, 0, 0, 0, ...u24(width - 1), ...u24(height - 1)])]),
    // Background, as blue, green, red and alpha, and how often it plays: without end.
    chunk('ANIM', [new Uint8Array(6)]),
  ].flat()
  const content = [...header, ...frames.flatMap(animationFrame)]
  const size = content.reduce((sum, part) => sum + part.length, 4)
  return new Blob([tag('RIFF'), u32(size), tag('WEBP'), ...content], { type: 'image/webp' })
}

const isAnimated = 0b10
/** Takes the place of what lies there, and stays. */
const replaces = 0b10

function animationFrame({ image, x, y, width, height, durationMs }: WebpFrame): Bytes[] {
  const place = [...u24(x / 2), ...u24(y / 2), ...u24(width - 1), ...u24(height - 1)]
  return chunk('ANMF', [new Uint8Array([...place, ...u24(Math.round(durationMs)), replaces]), ...imageData(image)])
}

type Bytes = Uint8Array<ArrayBuffer>

/** The chunks of a still WebP that hold its picture: not its own header, colour profile or metadata. */
function imageData(image: Uint8Array): Bytes[] {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength)
  const name = (at: number) => String.fromCharCode(...image.subarray(at, at + 4))
  if (name(0) !== 'RIFF' || name(8) !== 'WEBP') throw new TypeError(`Expected a WebP picture, got ${name(0)}.`)
  const found: Bytes[] = []
  for (let at = 12; at + 8 <= image.length; ) {
    const length = 8 + view.getUint32(at + 4, true)
    const padded = length + (length % 2)
    if (['VP8 ', 'VP8L', 'ALPH'].includes(name(at))) found.push(image.slice(at, at + padded))
    at += padded
  }
  if (found.length === 0) throw new TypeError('Expected a WebP picture with image data, found none.')
  return found
}

function chunk(name: string, parts: readonly Bytes[]): Bytes[] {
  const size = parts.reduce((sum, part) => sum + part.length, 0)
  return [tag(name), u32(size), ...parts, ...(size % 2 === 1 ? [new Uint8Array(1)] : [])]
}

const tag = (name: string): Bytes => Uint8Array.from(name, letter => letter.charCodeAt(0))
const u24 = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255]

function u32(value: number): Bytes {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value, true)
  return bytes
}
