import type { CurvePoint } from './learning.ts'

/** As many as a drawing can show; views at held-out pictures come on top, and are few. */
export const maxPoints = 500

/** A curve with one more point. After a restart some steps are made once more: what they said before is forgotten. */
export function withPoint(curve: readonly CurvePoint[], point: CurvePoint, steps: number): CurvePoint[] {
  const earlier = curve.filter(({ step }) => step < point.step)
  const stride = Math.ceil(steps / maxPoints)
  const isShown = point.step % stride === 0 || point.heldOutLoss !== undefined
  return isShown ? [...earlier, point] : earlier
}
