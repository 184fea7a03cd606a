import { type FormEvent, type ReactElement, useState } from 'react'
import { limits } from '../../../protocol/limits.ts'
import { ConfirmButton } from '../../controls/confirmation.tsx'
import { Sheet, Switch } from '../../controls/controls.tsx'
import { type Task, useTask } from '../../controls/task.ts'
import type { RoomSession } from '../../room/session.ts'
import { useStore } from '../../store/store.ts'
import { notify } from '../../store/toasts.ts'
import { t } from '../../text/t.ts'
import { Members } from './members.tsx'
import './sheet.css'

/** What the owners of a room decide: its name, who may do what, its links, whether it changes, and whether it is there. */
export function OwnerSheet({ session, onClose }: { session: RoomSession; onClose: () => void }): ReactElement {
  const task = useTask()
  return (
    <Sheet title={t('owners.title')} onClose={onClose} className="owner-sheet">
      <Name session={session} />
      <Lock session={session} task={task} />
      <Members session={session} task={task} />
      <Links session={session} task={task} />
      <DeleteRoom session={session} task={task} />
      <p className="problem" role="alert">
        {task.problem}
      </p>
    </Sheet>
  )
}

function Name({ session }: { session: RoomSession }): ReactElement {
  const name = useStore(session.name)
  const [draft, setDraft] = useState<string | null>(null)
  function commit(event?: FormEvent) {
    event?.preventDefault()
    const next = draft?.trim()
    if (next && next !== name) void session.renameRoom(next)
    setDraft(null)
  }
  return (
    <form className="owner-name" onSubmit={commit}>
      <label htmlFor="owner-room-name">{t('owners.name')}</label>
      <input
        id="owner-room-name"
        className="field"
        maxLength={limits.maxRoomNameCharacters}
        value={draft ?? name}
        onChange={event => setDraft(event.target.value)}
        onBlur={() => commit()}
      />
    </form>
  )
}

function Lock({ session, task }: { session: RoomSession; task: Task }): ReactElement {
  const isLocked = useStore(session.isLocked)
  return (
    <section aria-label={t('owners.lock')}>
      <Switch
        label={t('owners.lock')}
        checked={isLocked}
        disabled={task.isBusy}
        onChange={locked => void task.run(() => session.owners.setLocked(locked))}
      />
      <p className="hint">{t('owners.lockHint')}</p>
    </section>
  )
}

function Links({ session, task }: { session: RoomSession; task: Task }): ReactElement {
  return (
    <section aria-labelledby="owner-links">
      <h3 id="owner-links">{t('owners.links')}</h3>
      <p className="hint">{t('owners.linksHint')}</p>
      <ConfirmButton
        icon="link"
        label={t('owners.renew')}
        question={t('owners.renewAsk')}
        confirm={t('owners.renewConfirm')}
        disabled={task.isBusy}
        onConfirm={() =>
          void task.run(async () => {
            await session.owners.renewLinks()
            notify(t('owners.renewed'))
          })
        }
      />
    </section>
  )
}

function DeleteRoom({ session, task }: { session: RoomSession; task: Task }): ReactElement {
  return (
    <section aria-labelledby="owner-delete" className="owner-delete">
      <h3 id="owner-delete">{t('owners.deleteTitle')}</h3>
      <ConfirmButton
        icon="trash"
        label={t('owners.delete')}
        isDanger
        question={t('owners.deleteAsk')}
        confirm={t('owners.deleteConfirm')}
        disabled={task.isBusy}
        // The page is closed with everybody's, and says so.
        onConfirm={() => void task.run(() => session.owners.deleteRoom())}
      />
    </section>
  )
}
