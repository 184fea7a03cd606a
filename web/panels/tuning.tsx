import { type ReactElement, useEffect, useEffectEvent, useState } from 'react'
import { limits } from '../../protocol/limits.ts'
import type { Change, FrameElement } from '../../protocol/scene.ts'
import { levelsOf, noiseLevels, snapStrength, strengthEffect, strengthsFor } from '../../protocol/strength.ts'
import { newSeed } from '../browser/ids.ts'
import type { Board } from '../canvas/board.ts'
import { withOptions } from '../canvas/frameOptions.ts'
import { IconButton, Slider, Switch } from '../controls/controls.tsx'
import { useStore } from '../store/store.ts'
import { numberText, percentText } from '../text/format.ts'
import { t } from '../text/t.ts'
import './tuning.css'

const maxSteps = 8
const maxGuidance = 14

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
      <Slider
        label={t('tuning.guidance')}
        min={1}
        max={maxGuidance}
        step={0.5}
        value={frame.guidance}
        shown={numberText(frame.guidance, 1)}
        disabled={disabled}
        onChange={guidance => onChange({ guidance })}
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
      {model?.takesNegativePrompt && <NegativePrompt frame={frame} disabled={disabled} onChange={onChange} />}
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

/** A pause in typing after which the words are sent, and painted. */
const typingPauseMs = 400

/** What the pictures are kept away from. The model looks at it while guidance is above 1. */
function NegativePrompt(props: {
  frame: FrameElement
  disabled: boolean
  onChange: (change: Change) => void
}): ReactElement {
  const { frame, disabled, onChange } = props
  const saved = frame.options?.negativePrompt ?? ''
  const [draft, setDraft] = useState<string | null>(null)
  const text = draft ?? saved
  const isIdle = text !== '' && frame.guidance <= 1
  const send = useEffectEvent(() => {
    const prompt = text.trim()
    if (prompt !== saved) onChange(withOptions(frame, { negativePrompt: prompt || undefined }))
  })
  useEffect(() => {
    if (draft === null) return
    const timer = setTimeout(() => send(), typingPauseMs)
    return () => clearTimeout(timer)
  }, [draft])
  return (
    <label className="negative-prompt">
      {t('tuning.avoid')}
      <input
        className="field"
        value={text}
        maxLength={limits.maxPromptCharacters}
        placeholder={t('tuning.avoidExample')}
        disabled={disabled}
        onChange={event => setDraft(event.target.value)}
        onBlur={() => {
          send()
          setDraft(null)
        }}
      />
      {isIdle && <span className="hint">{t('tuning.avoidIdle')}</span>}
    </label>
  )
}

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
