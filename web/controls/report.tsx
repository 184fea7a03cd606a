import { type FormEvent, type ReactElement, useState } from 'react'
import type { ReportShown } from '../../protocol/http.ts'
import { limits } from '../../protocol/limits.ts'
import { report } from '../room/moderation.ts'
import { notify } from '../store/toasts.ts'
import { t } from '../text/t.ts'
import { IconButton } from './controls.tsx'
import { Icon } from './icons.tsx'
import { useTask } from './task.ts'
import './report.css'

interface Reported extends Pick<ReportShown, 'kind' | 'subject'> {
  /** Where other buttons stand beside it, its sign is enough. */
  readonly isSmall?: boolean
}

/** Tells the operators of a picture or a style, with a reason if there is one to give. */
export function ReportButton({ kind, subject, isSmall = false }: Reported): ReactElement {
  const [isOpen, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const task = useTask()

  function onSubmit(event: FormEvent) {
    event.preventDefault()
    void task.run(async () => {
      await report(kind, subject, reason.trim())
      setOpen(false)
      setReason('')
      notify(t('report.thanks'))
    })
  }

  if (!isOpen) {
    if (isSmall)
      return <IconButton icon="warn" className="small" label={t('report.button')} onClick={() => setOpen(true)} />
    return (
      <button type="button" className="button quiet" onClick={() => setOpen(true)}>
        <Icon name="warn" size={18} />
        {t('report.button')}
      </button>
    )
  }
  return (
    <form className="report" onSubmit={onSubmit}>
      <input
        className="field"
        // biome-ignore lint/a11y/noAutofocus: whoever has pressed the button writes next.
        autoFocus
        aria-label={t(`report.${kind}`)}
        placeholder={t('report.placeholder')}
        maxLength={limits.maxCaptionCharacters}
        value={reason}
        onChange={event => setReason(event.target.value)}
        onKeyDown={event => event.key === 'Escape' && setOpen(false)}
      />
      <button type="submit" className="button primary" disabled={task.isBusy}>
        {t('report.button')}
      </button>
      <button type="button" className="button quiet" onClick={() => setOpen(false)}>
        {t('cancel')}
      </button>
      <p className="problem" role="alert">
        {task.problem}
      </p>
    </form>
  )
}
