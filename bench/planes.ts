/** One number for each pixel of a square picture, and masks that are made of them. */
import type { Mask } from '../engine/types/mask.ts'

/** (side, side) */
export type Plane = Float64Array

/** Smoothed over so many pixels, so that masks are no finer than what the model can follow. */
const smoothing = 24

/** How much two RGB pictures of the same size differ, smoothed; 0 … 255. */
export function differenceOf(a: Uint8Array, b: Uint8Array): Plane {
  const plane = Float64Array.from({ length: a.length / 3 }, (_, pixel) => {
    const channel = (which: number) => Math.abs(a[3 * pixel + which]! - b[3 * pixel + which]!)
    return (channel(0) + channel(1) + channel(2)) / 3
  })
  return smoothed(plane)
}

/** White in the `share` of the pixels where the plane is highest; all alike, and the first of them are. */
export function maskAbove(plane: Plane, share: number): Mask {
  const side = Math.sqrt(plane.length)
  const order = [...plane.keys()].sort((a, b) => plane[b]! - plane[a]!)
  const data = new Uint8Array(plane.length)
  for (const pixel of order.slice(0, Math.round(share * plane.length))) data[pixel] = 255
  return { width: side, height: side, data }
}

/** Moving averages along rows, then along columns; at the edges over what is there. */
function smoothed(plane: Plane): Plane {
  const side = Math.sqrt(plane.length)
  const along = (values: Plane, step: number, line: number): Plane => {
    const out = values.slice()
    for (let from = 0; from < side; from++) {
      const start = from * line
      let [sum, count] = [0, 0]
      for (let at = -smoothing; at < side; at++) {
        const [enters, leaves] = [at + smoothing, at - smoothing - 1]
        if (enters >= 0 && enters < side) [sum, count] = [sum + values[start + enters * step]!, count + 1]
        if (leaves >= 0) [sum, count] = [sum - values[start + leaves * step]!, count - 1]
        if (at >= 0) out[start + at * step] = sum / count
      }
    }
    return out
  }
  return along(along(plane, 1, side), side, 1)
}
