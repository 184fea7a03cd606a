import type { Rgb } from '../types/rgb.ts'

/** Catmull-Rom at a quarter of a pixel to the left of the middle of a source pixel; mirrored, to the right. */
const quarter = [-0.0703125, 0.8671875, 0.2265625, -0.0234375] as const

/** A picture of twice the side, by bicubic interpolation (Keys 1981); edges are continued by their last pixel. */
export function doubled({ width, height, data }: Rgb): Rgb {
  const wide = new Float32Array(width * 2 * height * 3)
  stretch(data, wide, {
    lines: height,
    length: width,
    lineStep: width * 3,
    step: 3,
    outLineStep: width * 6,
    outStep: 3,
  })
  const high = new Float32Array(width * 2 * height * 2 * 3)
  const step = width * 2 * 3
  stretch(wide, high, { lines: width * 2, length: height, lineStep: 3, step, outLineStep: 3, outStep: step })
  return { width: width * 2, height: height * 2, data: new Uint8Array(Uint8ClampedArray.from(high).buffer) }
}

interface Lines {
  readonly lines: number
  readonly length: number
  /** From one line to the next, and from one pixel to the next, in numbers of three to a pixel. */
  readonly lineStep: number
  readonly step: number
  readonly outLineStep: number
  readonly outStep: number
}

/** Doubles each line: 2i lies a quarter of a pixel before i, 2i + 1 a quarter behind it. */
function stretch(from: ArrayLike<number>, to: Float32Array, size: Lines): void {
  const { lines, length, lineStep, step, outLineStep, outStep } = size
  const clamp = (i: number) => Math.min(Math.max(i, 0), length - 1)
  for (let line = 0; line < lines; line++) {
    for (let i = 0; i < length; i++) {
      for (let channel = 0; channel < 3; channel++) {
        const at = (offset: number) => from[line * lineStep + clamp(i + offset) * step + channel]!
        let before = 0
        let behind = 0
        for (let tap = 0; tap < 4; tap++) {
          // Of the quarter before, the taps lie at 1, 0, −1, −2; of the quarter behind, mirrored.
          before += quarter[tap]! * at(1 - tap)
          behind += quarter[tap]! * at(tap - 1)
        }
        const out = line * outLineStep + channel
        to[out + 2 * i * outStep] = before
        to[out + (2 * i + 1) * outStep] = behind
      }
    }
  }
}
