import { type ReactElement, useEffect, useEffectEvent, useState } from 'react'
import { limits } from '../../protocol/limits.ts'
import { t } from '../text/t.ts'
import './avoid.css'

/** A pause in typing after which the words are sent, and painted. */
const typingPauseMs = 400

/**
 * What pictures are kept away from: of a frame, or of one of its regions. The model looks at it while guidance is above 1.
 * `isKnown`: whether the model takes such words; where it does not, the field is there only for what somebody has said,
 * as in a drawing from another studio.
 */
export function Avoid(props: {
  readonly saved: string
  readonly isKnown: boolean
  readonly guidance: number
  readonly disabled?: boolean
  /** undefined: nothing. */
  readonly onChange: (negativePrompt: string | undefined) => void
}): ReactElement | null {
  const { saved, isKnown, guidance, disabled = false, onChange } = props
  const [draft, setDraft] = useState<string | null>(null)
  const text = draft ?? saved
  const send = useEffectEvent(() => {
    const words = text.trim()
    if (draft !== null && words !== saved) onChange(words || undefined)
  })
  useEffect(() => {
    if (draft === null) return
    const timer = setTimeout(() => send(), typingPauseMs)
    return () => clearTimeout(timer)
  }, [draft])
  if (!isKnown && text === '') return null
  return (
    <label className="avoid">
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
      {!isKnown && <span className="hint">{t('tuning.avoidUnknown')}</span>}
      {isKnown && text !== '' && guidance <= 1 && <span className="hint">{t('tuning.avoidIdle')}</span>}
    </label>
  )
}
