import { type FormEvent, type ReactElement, useEffect, useEffectEvent, useState } from 'react'
import type { ReportShown, StopShown } from '../../protocol/http.ts'
import { limits } from '../../protocol/limits.ts'
import { Sheet } from '../controls/controls.tsx'
import { Icon } from '../controls/icons.tsx'
import { useTask } from '../controls/task.ts'
import { me } from '../room/account.ts'
import { closeReport, loadModeration, reports, resume, stop, stops } from '../room/moderation.ts'
import { useStore } from '../store/store.ts'
import { stylesPage } from './styles/page.ts'
import '../controls/report.css'
import './styles/section.css'
import './moderation.css'

type Run = (work: () => Promise<unknown>) => Promise<void>

/** For operators alone: what people have reported, and what is stopped. */
export function Moderation(): ReactElement | null {
  const isOperator = useStore(me)?.isOperator ?? false
  const [isOpen, setOpen] = useState(false)
  if (!isOperator) return null
  return (
    <>
      <button type="button" className="button quiet" onClick={() => setOpen(true)}>
        <Icon name="warn" size={18} />
        Reports and stops
      </button>
      {isOpen && <ModerationSheet onClose={() => setOpen(false)} />}
    </>
  )
}

function ModerationSheet({ onClose }: { onClose: () => void }): ReactElement {
  const open = useStore(reports)
  const standing = useStore(stops)
  const task = useTask()
  const { run } = task
  const load = useEffectEvent(() => run(loadModeration))
  useEffect(() => void load(), [])
  return (
    <Sheet title="Reports and stops" className="moderation" onClose={onClose}>
      <p className="problem" role="alert">
        {task.problem}
      </p>
      <section className="style-section" aria-label="Reports">
        <h3>Reports</h3>
        {open?.length === 0 && <p className="hint">Nobody has reported anything.</p>}
        <ul>
          {open?.map(one => (
            <ReportItem key={one.id} report={one} run={run} onClose={onClose} />
          ))}
        </ul>
      </section>
      <section className="style-section" aria-label="Stopped">
        <h3>Stopped</h3>
        <StopForm run={run} />
        <ul>
          {standing?.map(one => (
            <li key={`${one.kind} ${one.subject}`}>
              <span>
                <strong>{stopLabel(one)}</strong>
                {one.reason && <span>{one.reason}</span>}
                <small>since {timeOf(one.stoppedAt)}</small>
              </span>
              <button type="button" className="button" onClick={() => run(() => resume(one))}>
                Resume
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
  const because = reason || `A ${kind} was reported.`
  const stopButton = (label: string, what: Pick<StopShown, 'kind' | 'subject'>) => (
    <button type="button" className="button danger" onClick={() => run(() => stop(what, because))}>
      {label}
    </button>
  )
  return (
    <li>
      {kind === 'picture' && owner && (
        <img className="reported" src={`/pictures/${subject}.png`} alt="What was reported" loading="lazy" />
      )}
      <span>
        <strong>
          A {kind} of {owner?.name ?? 'somebody: it is gone'}
        </strong>
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
            Open the style
          </button>
        )}
        {owner && stopButton(`Stop ${owner.name}`, { kind: 'person', subject: owner.id })}
        {room && stopButton('Stop the room', { kind: 'room', subject: room })}
        <button type="button" className="button" onClick={() => run(() => closeReport(report.id))}>
          Close the report
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
        aria-label="What to stop"
        value={kind}
        onChange={event => setKind(event.target.value as StopShown['kind'])}
      >
        {Object.entries(stopLabels).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      {hasSubject && (
        <input
          className="field"
          aria-label="Its id"
          placeholder="Its id"
          required
          maxLength={40}
          value={subject}
          onChange={event => setSubject(event.target.value)}
        />
      )}
      <input
        className="field"
        aria-label="The reason that people are told"
        placeholder="The reason that people are told"
        maxLength={limits.maxCaptionCharacters}
        value={reason}
        onChange={event => setReason(event.target.value)}
      />
      <button type="submit" className="button danger">
        Stop
      </button>
    </form>
  )
}

const stopLabels = {
  studio: 'All painting',
  person: 'A person',
  room: 'A room',
  guild: 'A Discord server',
} satisfies Record<StopShown['kind'], string>

const stopLabel = ({ kind, subject }: StopShown): string =>
  kind === 'studio' ? stopLabels.studio : `${stopLabels[kind]}: ${subject}`

const timeOf = (at: string): string => new Date(at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })
