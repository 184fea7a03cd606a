/** Pixels as a Canvas 2D context gives them: RGBA, row by row. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray
}

/** Which pixels of an image belong to something: 1 for each that does. */
export interface Mask {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/**
 * The pixels that hang together with the one at (`x`, `y`) and have its color, but for `tolerance` of 255 in each channel;
 * and one pixel around them, so that no pale seam stays along a soft edge.
 */
export function floodFill(pixels: Pixels, x: number, y: number, tolerance: number): Mask {
  const { width, height, data } = pixels
  const filled = new Uint8Array(width * height)
  const start = (y * width + x) * 4
  const isLike = (pixel: number) => {
    for (let channel = 0; channel < 4; channel++) {
      if (Math.abs(data[pixel * 4 + channel]! - data[start + channel]!) > tolerance) return false
    }
    return true
  }
  const open = [y * width + x]
  for (let pixel = open.pop(); pixel !== undefined; pixel = open.pop()) {
    if (filled[pixel] || !isLike(pixel)) continue
    filled[pixel] = 1
    const column = pixel % width
    if (column > 0) open.push(pixel - 1)
    if (column < width - 1) open.push(pixel + 1)
    if (pixel >= width) open.push(pixel - width)
    if (pixel < width * (height - 1)) open.push(pixel + width)
  }
  return grown({ width, height, data: filled })
}

/** A mask and the pixels beside it. */
function grown({ width, height, data }: Mask): Mask {
  const wider = data.slice()
  for (let pixel = 0; pixel < data.length; pixel++) {
    if (!data[pixel]) continue
    const column = pixel % width
    if (column > 0) wider[pixel - 1] = 1
    if (column < width - 1) wider[pixel + 1] = 1
    if (pixel >= width) wider[pixel - width] = 1
    if (pixel + width < data.length) wider[pixel + width] = 1
  }
  return { width, height, data: wider }
}
