import { type FormEvent, type ReactElement, useEffect, useEffectEvent, useState } from 'react'
import type { ReportShown, StopShown } from '../../protocol/http.ts'
import { limits } from '../../protocol/limits.ts'
import { Sheet } from '../controls/controls.tsx'
import { useTask } from '../controls/task.ts'
import { closeReport, loadModeration, reports, resume, stop, stops } from '../room/moderation.ts'
import { useStore } from '../store/store.ts'
import { timeText } from '../text/format.ts'
import { t } from '../text/t.ts'
import { stylesPage } from './styles/page.ts'
import '../controls/report.css'
import './styles/section.css'
import './moderation.css'

type Run = (work: () => Promise<unknown>) => Promise<void>

/** For operators alone: what people have reported, and what is stopped. */
export function ModerationSheet({ onClose }: { onClose: () => void }): ReactElement {
  const open = useStore(reports)
  const standing = useStore(stops)
  const task = useTask()
  const { run } = task
  const load = useEffectEvent(() => run(loadModeration))
  useEffect(() => void load(), [])
  return (
    <Sheet title={t('moderation.title')} className="moderation" onClose={onClose}>
      <p className="problem" role="alert">
        {task.problem}
      </p>
      <section className="style-section" aria-label={t('moderation.reports')}>
        <h3>{t('moderation.reports')}</h3>
        {open?.length === 0 && <p className="hint">{t('moderation.noReports')}</p>}
        <ul>
          {open?.map(one => (
            <ReportItem key={one.id} report={one} run={run} onClose={onClose} />
          ))}
        </ul>
      </section>
      <section className="style-section" aria-label={t('moderation.stopped')}>
        <h3>{t('moderation.stopped')}</h3>
        <StopForm run={run} />
        <ul>
          {standing?.map(one => (
            <li key={`${one.kind} ${one.subject}`}>
              <span>
                <strong>{stopLabel(one)}</strong>
                {one.reason && <span>{one.reason}</span>}
                <small>{t('moderation.since', { time: timeOf(one.stoppedAt) })}</small>
              </span>
              <button type="button" className="button" onClick={() => run(() => resume(one))}>
                {t('moderation.resume')}
              </button>
            </li>
          ))}
        </ul>
      </section>
    </Sheet>
  )
}

function ReportItem(props: { report: ReportShown; run: Run; onClose: () => void }): ReactElement {
  const { report, run, onClose } = props
  const { kind, subject, reason, owner, room } = report
  const because = reason || t(`moderation.${kind}Reported`)
  const stopButton = (label: string, what: Pick<StopShown, 'kind' | 'subject'>) => (
    <button type="button" className="button danger" onClick={() => run(() => stop(what, because))}>
      {label}
    </button>
  )
  return (
    <li>
      {kind === 'picture' && owner && (
        <img className="reported" src={`/pictures/${subject}.png`} alt={t('moderation.reported')} loading="lazy" />
      )}
      <span>
        <strong>{owner ? t(`moderation.${kind}Of`, { owner: owner.name }) : t(`moderation.${kind}Gone`)}</strong>
        {reason && <span>{reason}</span>}
        <small>{timeOf(report.reportedAt)}</small>
      </span>
      <div className="styles-actions">
        {kind === 'style' && owner && (
          <button
            type="button"
            className="button"
            onClick={() => {
              onClose()
              stylesPage.set({ type: 'style', id: subject })
            }}
          >
            {t('moderation.openStyle')}
          </button>
        )}
        {owner && stopButton(t('moderation.stopPerson', { name: owner.name }), { kind: 'person', subject: owner.id })}
        {room && stopButton(t('moderation.stopRoom'), { kind: 'room', subject: room })}
        <button type="button" className="button" onClick={() => run(() => closeReport(report.id))}>
          {t('moderation.close')}
        </button>
      </div>
    </li>
  )
}

/** Stops what nobody has reported. */
function StopForm({ run }: { run: Run }): ReactElement {
  const [kind, setKind] = useState<StopShown['kind']>('studio')
  const [subject, setSubject] = useState('')
  const [reason, setReason] = useState('')
  const hasSubject = kind !== 'studio'
  function onSubmit(event: FormEvent) {
    event.preventDefault()
    void run(async () => {
      await stop({ kind, subject: hasSubject ? subject.trim() : '' }, reason.trim())
      setSubject('')
      setReason('')
    })
  }
  return (
    <form className="report" onSubmit={onSubmit}>
      <select
        className="field"
        aria-label={t('moderation.what')}
        value={kind}
        onChange={event => setKind(event.target.value as StopShown['kind'])}
      >
        {stopKinds.map(value => (
          <option key={value} value={value}>
            {t(`moderation.${value}`)}
          </option>
        ))}
      </select>
      {hasSubject && (
        <input
          className="field"
          aria-label={t('moderation.id')}
          placeholder={t('moderation.id')}
          required
          maxLength={40}
          value={subject}
          onChange={event => setSubject(event.target.value)}
        />
      )}
      <input
        className="field"
        aria-label={t('moderation.reason')}
        placeholder={t('moderation.reason')}
        maxLength={limits.maxCaptionCharacters}
        value={reason}
        onChange={event => setReason(event.target.value)}
      />
      <button type="submit" className="button danger">
        {t('moderation.stop')}
      </button>
    </form>
  )
}

const stopKinds = ['studio', 'person', 'room', 'guild'] as const satisfies readonly StopShown['kind'][]

const stopLabel = ({ kind, subject }: StopShown): string =>
  kind === 'studio' ? t('moderation.studio') : `${t(`moderation.${kind}`)}: ${subject}`

const timeOf = (at: string): string => timeText(at, { dateStyle: 'medium', timeStyle: 'short' })
