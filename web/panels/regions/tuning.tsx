import type { ReactElement } from 'react'
import type { FrameElement } from '../../../protocol/scene.ts'
import type { Board } from '../../canvas/board.ts'
import { type RegionChange, regionsOf } from '../../canvas/regions/frameRegions.ts'
import { Slider } from '../../controls/controls.tsx'
import { IconPopover } from '../../controls/popover.tsx'
import { useStore } from '../../store/store.ts'
import { t } from '../../text/t.ts'
import { Avoid } from '../avoid.tsx'
import { Guidance } from '../guidance.tsx'

/** Steps of a slider: from hardly to `limits.maxRegionWeight`, as much to either side of 1. */
const weights = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10] as const

/** How a region that stays is painted, for everybody in the room: what it leaves out is as for its whole frame. */
export function RegionTuning(props: {
  readonly board: Board
  readonly frame: FrameElement
  readonly index: number
  readonly onChange: (change: RegionChange, name: string) => void
}): ReactElement {
  const { board, frame, index, onChange } = props
  const model = useStore(board.session.entered)?.model
  const { guidance, guidanceByStep, weight = 1, negativePrompt } = regionsOf(frame)[index]!
  const hasOwn = [guidance, guidanceByStep, negativePrompt].some(each => each !== undefined)
  const shownGuidance = guidance ?? frame.guidance
  const avoidedByFrame = frame.options?.negativePrompt ?? ''
  return (
    <IconPopover icon="sliders" label={t('region.tuning')} className="region-options">
      <Guidance
        value={shownGuidance}
        onChange={next => onChange({ guidance: next, guidanceByStep: undefined }, 'guidance')}
      />
      <Avoid
        saved={negativePrompt ?? avoidedByFrame}
        isKnown={model?.takesNegativePrompt ?? false}
        guidance={shownGuidance}
        onChange={(words = '') => onChange({ negativePrompt: words || (avoidedByFrame ? '' : undefined) }, 'avoid')}
      />
      {hasOwn ? (
        <button
          type="button"
          className="button quiet"
          onClick={() =>
            onChange({ guidance: undefined, guidanceByStep: undefined, negativePrompt: undefined }, 'asFrame')
          }
        >
          {t('region.asFrame')}
        </button>
      ) : (
        <p className="hint">{t('region.isAsFrame')}</p>
      )}
      <Slider
        label={t('region.weight')}
        min={0}
        max={weights.length - 1}
        step={1}
        value={nearest(weight)}
        shown={t('region.times', { weight })}
        onChange={at => onChange({ weight: weights[at] === 1 ? undefined : weights[at] }, 'weight')}
      />
      <p className="hint">{t('region.weightHint')}</p>
    </IconPopover>
  )
}

/** Where a weight stands among them; one that a recipe or an import brought may lie between two. */
function nearest(weight: number): number {
  const distances = weights.map(one => Math.abs(Math.log(one / weight)))
  return distances.indexOf(Math.min(...distances))
}
