import type { ReactElement } from 'react'
import type { Change, FrameElement } from '../../protocol/scene.ts'
import { levelsOf, noiseLevels, snapStrength, strengthEffect, strengthsFor } from '../../protocol/strength.ts'
import { newSeed } from '../browser/ids.ts'
import type { Board } from '../canvas/board.ts'
import { withOptions } from '../canvas/frameOptions.ts'
import { IconButton, Slider, Switch } from '../controls/controls.tsx'
import { useStore } from '../store/store.ts'
import { percentText } from '../text/format.ts'
import { t } from '../text/t.ts'
import { Avoid } from './avoid.tsx'
import { Guidance } from './guidance.tsx'
import './tuning.css'

const maxSteps = 8

/** How a frame is painted, for everybody in the room: the settings that its panel shows when they are asked for. */
export function Tuning(props: {
  board: Board
  frame: FrameElement
  canEdit: boolean
  onChange: (change: Change) => void
}): ReactElement {
  const { board, frame, canEdit, onChange } = props
  const model = useStore(board.session.entered)?.model
  const strengths = strengthsFor(frame.steps)
  const position = strengths.indexOf(snapStrength(frame.strength, frame.steps))
  const disabled = !canEdit
  return (
    <div className="tuning">
      <Slider
        label={t('tuning.strength')}
        min={0}
        max={strengths.length - 1}
        step={1}
        value={position}
        shown={percentText(strengths[position]!)}
        disabled={disabled}
        onChange={index => onChange({ strength: strengths[index]! })}
      />
      <div className="slider-ends" aria-hidden="true">
        <span>{t('tuning.drawing')}</span>
        <span>{t('tuning.words')}</span>
      </div>
      <p className="strength-effect">{t(`strength.${strengthEffect(frame.strength, frame.steps)}`)}</p>
      <p className="hint">
        {t('tuning.levels', {
          ...{ steps: frame.steps, all: noiseLevels },
          levels: levelsOf(snapStrength(frame.strength, frame.steps)),
        })}
      </p>
      <Guidance
        value={frame.guidance}
        disabled={disabled}
        onChange={guidance => onChange({ guidance, ...withoutSteps(frame) })}
      />
      <Slider
        label={t('tuning.steps')}
        min={1}
        max={maxSteps}
        step={1}
        value={frame.steps}
        shown={String(frame.steps)}
        disabled={disabled}
        onChange={steps => onChange({ steps, strength: snapStrength(frame.strength, steps) })}
      />
      <Seed frame={frame} disabled={disabled} onChange={onChange} />
      <Avoid
        saved={frame.options?.negativePrompt ?? ''}
        isKnown={model?.takesNegativePrompt ?? false}
        guidance={frame.guidance}
        disabled={disabled}
        onChange={negativePrompt => onChange(withOptions(frame, { negativePrompt }))}
      />
      <Switch
        label={t('tuning.finer')}
        checked={frame.options?.isFiner === true}
        disabled={disabled}
        onChange={isFiner => onChange(withOptions(frame, { isFiner: isFiner || undefined }))}
      />
      <p className="hint finer-hint">{t('tuning.finerHint')}</p>
    </div>
  )
}

/** One guidance takes the place of one for each step, as a restored recipe may have it. */
const withoutSteps = (frame: FrameElement): Change =>
  frame.options?.guidanceByStep ? withOptions(frame, { guidanceByStep: undefined }) : {}

const maxSeed = 0xffff_ffff

function Seed(props: { frame: FrameElement; disabled: boolean; onChange: (change: Change) => void }): ReactElement {
  const { frame, disabled, onChange } = props
  return (
    <div className="seed">
      <label>
        {t('tuning.seed')}
        <input
          className="field"
          inputMode="numeric"
          value={frame.seed}
          disabled={disabled}
          onChange={event => {
            const seed = Number(event.target.value)
            if (Number.isInteger(seed) && seed >= 0 && seed <= maxSeed) onChange({ seed })
          }}
        />
      </label>
      <IconButton
        icon="dice"
        label={t('tuning.anotherSeed')}
        disabled={disabled}
        onClick={() => onChange({ seed: newSeed() })}
      />
      <IconButton
        icon={frame.seedLocked ? 'lock' : 'unlock'}
        label={t(frame.seedLocked ? 'tuning.seedLocked' : 'tuning.seedOpen')}
        pressed={frame.seedLocked}
        disabled={disabled}
        onClick={() => onChange({ seedLocked: !frame.seedLocked })}
      />
    </div>
  )
}
