import type { ModelInfo } from '../../engine/index.ts'

/** Pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}
type Sizes = ModelInfo['sizes']

/** A picture of another shape may have this much less or more area than the model's usual one. */
const areaRange = [0.5, 1.6] as const

/** Whether the model can paint this size. */
export function isPaintable({ min, max, multiple }: Sizes, { width, height }: Size): boolean {
  return [width, height].every(side => side >= min && side <= max && side % multiple === 0)
}

/** The size that the model can paint whose proportions are nearest to these; of equals, the one nearest to its usual area. */
export function nearestSize(sizes: Sizes, shape: Size): Size {
  const usualArea = sizes.default.width * sizes.default.height
  const misfit = ({ width, height }: Size) => Math.abs(Math.log((width * shape.height) / (height * shape.width)))
  const growth = ({ width, height }: Size) => (width * height) / usualArea
  return sidesOf(sizes)
    .flatMap(width => sidesOf(sizes).map(height => ({ width, height })))
    .filter(size => growth(size) >= areaRange[0] && growth(size) <= areaRange[1])
    .reduce((best, size) => {
      const difference = misfit(size) - misfit(best)
      if (Math.abs(difference) > 1e-9) return difference < 0 ? size : best
      return Math.abs(Math.log(growth(size))) < Math.abs(Math.log(growth(best))) ? size : best
    }, sizes.default)
}

function sidesOf({ min, max, multiple }: Sizes): number[] {
  const first = Math.ceil(min / multiple)
  return Array.from({ length: Math.floor(max / multiple) - first + 1 }, (_, index) => (first + index) * multiple)
}
