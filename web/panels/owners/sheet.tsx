import { type FormEvent, type ReactElement, useState } from 'react'
import { limits } from '../../../protocol/limits.ts'
import { ConfirmButton } from '../../controls/confirmation.tsx'
import { Sheet, Switch } from '../../controls/controls.tsx'
import { type Task, useTask } from '../../controls/task.ts'
import type { RoomSession } from '../../room/session.ts'
import { useStore } from '../../store/store.ts'
import { notify } from '../../store/toasts.ts'
import { Members } from './members.tsx'
import './sheet.css'

/** What the owners of a room decide: its name, who may do what, its links, whether it changes, and whether it is there. */
export function OwnerSheet({ session, onClose }: { session: RoomSession; onClose: () => void }): ReactElement {
  const task = useTask()
  return (
    <Sheet title="Manage this room" onClose={onClose} className="owner-sheet">
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
      <label htmlFor="owner-room-name">Name of the room</label>
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
    <section aria-label="Lock">
      <Switch
        label="Lock the room"
        checked={isLocked}
        disabled={task.isBusy}
        onChange={locked => void task.run(() => session.owners.setLocked(locked))}
      />
      <p className="hint">While it is locked, only owners draw and paint; everybody else watches.</p>
    </section>
  )
}

function Links({ session, task }: { session: RoomSession; task: Task }): ReactElement {
  return (
    <section aria-labelledby="owner-links">
      <h3 id="owner-links">Links</h3>
      <p className="hint">
        New links to draw and to watch; the old ones lead nowhere. Whoever is here stays, and needs the new link only to
        come back in another browser.
      </p>
      <ConfirmButton
        icon="link"
        label="Renew the links"
        question="The links that you have sent will not work any more."
        confirm="Renew"
        disabled={task.isBusy}
        onConfirm={() =>
          void task.run(async () => {
            await session.owners.renewLinks()
            notify('The room has new links: you find them under Share.')
          })
        }
      />
    </section>
  )
}

function DeleteRoom({ session, task }: { session: RoomSession; task: Task }): ReactElement {
  return (
    <section aria-labelledby="owner-delete" className="owner-delete">
      <h3 id="owner-delete">Delete</h3>
      <ConfirmButton
        icon="trash"
        label="Delete this room"
        isDanger
        question="Everything that is drawn in it is lost, for everybody."
        confirm="Delete for ever"
        disabled={task.isBusy}
        // The page is closed with everybody's, and says so.
        onConfirm={() => void task.run(() => session.owners.deleteRoom())}
      />
    </section>
  )
}
