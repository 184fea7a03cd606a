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
function stretch(from: Uint8Array | Float32Array, to: Float32Array, size: Lines): void {
  const { lines, length, lineStep, step, outLineStep, outStep } = size
  const [far, near, next, last] = quarter
  const placeOf = (i: number) => Math.min(Math.max(i, 0), length - 1) * step
  for (let i = 0; i < length; i++) {
    const [two, one, here, more, most] = [placeOf(i - 2), placeOf(i - 1), i * step, placeOf(i + 1), placeOf(i + 2)]
    for (let line = 0; line < lines; line++) {
      for (let channel = 0; channel < 3; channel++) {
        const at = line * lineStep + channel
        const [before, own, behind] = [from[at + one]!, near * from[at + here]!, from[at + more]!]
        const out = line * outLineStep + channel + 2 * i * outStep
        to[out] = far * behind + own + next * before + last * from[at + two]!
        to[out + outStep] = far * before + own + next * behind + last * from[at + most]!
      }
    }
  }
}
