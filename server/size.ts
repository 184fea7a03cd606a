import type { Box } from '../protocol/scene.ts'

interface Sizes {
  readonly default: { readonly width: number; readonly height: number }
  readonly min: number
  readonly max: number
  readonly multiple: number
}

/**
 * The model's size for a frame: about as many pixels as its default picture has, in the frame's proportions, each side a
 * multiple that the model can paint.
 */
export function fitSize(box: Pick<Box, 'width' | 'height'>, sizes: Sizes): { width: number; height: number } {
  const pixels = sizes.default.width * sizes.default.height
  const aspect = box.width / box.height
  const side = (length: number) => {
    const smallest = Math.ceil(sizes.min / sizes.multiple)
    const largest = Math.floor(sizes.max / sizes.multiple)
    return Math.min(Math.max(Math.round(length / sizes.multiple), smallest), largest) * sizes.multiple
  }
  return { width: side(Math.sqrt(pixels * aspect)), height: side(Math.sqrt(pixels / aspect)) }
}
