/** Which preview a step deserves: a pure choice. */
import type { PaintRequest } from '../types/engine.ts'

/** A decoded preview may cost this much; a cheaper one is not worth thinking about. */
const cheapPreviewMs = 50
const previewShareOfStep = 0.5

export interface PreviewSituation {
  readonly wanted: PaintRequest['previews']
  readonly isLastStep: boolean
  /** No other picture is painted or waits. */
  readonly isAlone: boolean
  /** What the decoder and a UNet call take for one picture. */
  readonly decodeMs: number
  readonly stepMs: number
}

/** Nobody else may wait for somebody's preview, and a preview may not double the time of its own picture. */
export function previewKind(situation: PreviewSituation): 'none' | 'latent' | 'decoded' {
  const { wanted = 'none', isLastStep, isAlone, decodeMs, stepMs } = situation
  if (wanted !== 'decoded') return wanted
  const isAffordable = isAlone && decodeMs <= Math.max(cheapPreviewMs, stepMs * previewShareOfStep)
  if (!isAffordable) return 'latent'
  // The last step's decoded preview would be the picture itself, which follows at once.
  return isLastStep ? 'none' : 'decoded'
}
