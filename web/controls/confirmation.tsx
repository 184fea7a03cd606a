import { type ReactElement, useState } from 'react'
import { t } from '../text/t.ts'
import { Icon, type IconName } from './icons.tsx'
import './confirmation.css'

/** Asks before something is done that cannot be taken back. */
export function Confirmation(props: {
  /** What is about to be done. */
  label: string
  /** What it leads to, in a sentence. */
  question: string
  confirm: string
  disabled?: boolean
  onConfirm: () => void
  onCancel: () => void
}): ReactElement {
  const { label, question, confirm, disabled, onConfirm, onCancel } = props
  return (
    <fieldset className="confirm">
      <legend className="visually-hidden">{label}</legend>
      <p>{question}</p>
      <div className="confirm-buttons">
        <button
          type="button"
          // biome-ignore lint/a11y/noAutofocus: the question is an answer to the press just before it.
          autoFocus
          className="button danger sure"
          disabled={disabled}
          // The second tap of two, or Enter that is held, was meant for what asked.
          onClick={event => event.detail < 2 && onConfirm()}
          onKeyDown={event => event.repeat && event.preventDefault()}
        >
          {confirm}
        </button>
        <button type="button" className="button quiet" onClick={onCancel}>
          {t('confirm.cancel')}
        </button>
      </div>
    </fieldset>
  )
}

/** A button for something that cannot be taken back: it asks before it does it. */
export function ConfirmButton(
  props: Omit<Parameters<typeof Confirmation>[0], 'onCancel'> & {
    readonly icon: IconName
    readonly isDanger?: boolean
  },
): ReactElement {
  const { icon, isDanger = false, label, disabled, onConfirm } = props
  const [isAsking, setAsking] = useState(false)
  if (!isAsking) {
    return (
      <button
        type="button"
        className={`button ${isDanger ? 'danger' : ''}`}
        disabled={disabled}
        onClick={() => setAsking(true)}
      >
        <Icon name={icon} size={18} />
        {label}
      </button>
    )
  }
  return (
    <Confirmation
      {...props}
      onCancel={() => setAsking(false)}
      onConfirm={() => {
        setAsking(false)
        onConfirm()
      }}
    />
  )
}
