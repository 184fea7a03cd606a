import { type ReactElement, useEffect, useState } from 'react'
import type { Role, RoomMember } from '../../../protocol/person.ts'
import { Confirmation } from '../../controls/confirmation.tsx'
import { IconButton } from '../../controls/controls.tsx'
import { Face } from '../../controls/face.tsx'
import type { Task } from '../../controls/task.ts'
import type { RoomSession } from '../../room/session.ts'
import { useStore } from '../../store/store.ts'
import { t } from '../../text/t.ts'

const roles: readonly Role[] = ['owner', 'editor', 'viewer']

/** Everybody who has been in the room: what each may do, and out with whom it should be without. */
export function Members({ session, task }: { session: RoomSession; task: Task }): ReactElement {
  const members = useMembers(session, task)
  const [leaving, setLeaving] = useState<RoomMember | null>(null)
  const me = useStore(session.entered)?.you.id
  const { owners } = session
  const here = members.list.filter(({ role }) => role !== null)
  const removed = members.list.filter(({ role }) => role === null)

  const change = (work: () => Promise<unknown>) =>
    void task.run(async () => {
      await work()
      setLeaving(null)
      await members.load()
    })
  return (
    <section aria-labelledby="owner-members">
      <h3 id="owner-members">{t('owners.people')}</h3>
      <ul className="members">
        {here.map(member => (
          <li key={member.id}>
            <MemberRow
              session={session}
              member={member}
              isMe={member.id === me}
              isBusy={task.isBusy}
              onRole={role => change(() => owners.setRole(member.id, role))}
              onRemove={() => setLeaving(member)}
            />
            {leaving?.id === member.id && (
              <Confirmation
                label={t('owners.remove', { name: member.name })}
                question={t('owners.removeAsk', { name: member.name })}
                confirm={t('owners.removeConfirm')}
                disabled={task.isBusy}
                onConfirm={() => change(() => owners.removeMember(member.id))}
                onCancel={() => setLeaving(null)}
              />
            )}
          </li>
        ))}
      </ul>
      {removed.length > 0 && (
        <>
          <h4>{t('owners.removed')}</h4>
          <ul className="members">
            {removed.map(member => (
              <li key={member.id} className="member">
                <Face person={member} />
                <span className="member-name">{member.name}</span>
                <button
                  type="button"
                  className="button"
                  disabled={task.isBusy}
                  onClick={() => change(() => owners.setRole(member.id, 'viewer'))}
                >
                  {t('owners.letIn')}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

/** The members as they are now: whoever comes, goes or is renamed has them looked up anew. */
function useMembers(session: RoomSession, { run }: Task) {
  const people = useStore(session.people)
  const [list, setList] = useState<readonly RoomMember[]>([])
  const load = async () => setList(await session.owners.members())
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is loaded follows the people, not the functions.
  useEffect(() => {
    void run(load)
  }, [people])
  return { list, load }
}

function MemberRow(props: {
  session: RoomSession
  member: RoomMember
  isMe: boolean
  isBusy: boolean
  onRole: (role: Role) => void
  onRemove: () => void
}): ReactElement {
  const { session, member, isMe, isBusy, onRole, onRemove } = props
  const isHere = useStore(session.people).some(({ id }) => id === member.id)
  return (
    <div className="member">
      <Face person={member} />
      <span className="member-name">
        {member.name}
        <small>{t(isMe ? 'owners.you' : isHere ? 'owners.here' : 'owners.notHere')}</small>
      </span>
      <select
        className="field"
        aria-label={t('owners.role', { name: member.name })}
        value={member.role ?? 'viewer'}
        disabled={isBusy}
        onChange={event => onRole(roles.find(role => role === event.target.value)!)}
      >
        {roles.map(role => (
          <option key={role} value={role}>
            {t(`owners.${role}`)}
          </option>
        ))}
      </select>
      {isMe ? (
        <span className="member-gap" />
      ) : (
        <IconButton
          icon="close"
          label={t('owners.remove', { name: member.name })}
          disabled={isBusy}
          onClick={onRemove}
        />
      )}
    </div>
  )
}
