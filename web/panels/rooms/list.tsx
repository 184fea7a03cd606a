import { type ReactElement, useEffect, useState } from 'react'
import type { RoomShown } from '../../../protocol/http.ts'
import { ConfirmButton } from '../../controls/confirmation.tsx'
import { Icon } from '../../controls/icons.tsx'
import { type Task, useTask } from '../../controls/task.ts'
import { deleteRoom, leaveRoom, listRooms } from '../../room/http.ts'
import { forgetRoom } from '../../store/preferences.ts'
import { locale } from '../../text/format.ts'
import { t } from '../../text/t.ts'
import './list.css'

/** The rooms that somebody has been in, as they are now, whatever browser they were in then. */
export function RoomList(): ReactElement | null {
  const [rooms, setRooms] = useState<readonly RoomShown[]>([])
  const task = useTask()
  const { run } = task
  // biome-ignore lint/correctness/useExhaustiveDependencies: once.
  useEffect(() => {
    void run(async () => setRooms(await listRooms()))
  }, [])
  if (rooms.length === 0) return task.problem ? <p className="problem">{task.problem}</p> : null

  const gone = (room: RoomShown, how: (room: RoomShown) => Promise<unknown>) =>
    void run(async () => {
      await how(room)
      forgetRoom(room.link.split('/').at(-1)!)
      setRooms(all => all.filter(({ id }) => id !== room.id))
    })
  return (
    <section className="my-rooms" aria-labelledby="my-rooms">
      <h2 id="my-rooms">{t('rooms.title')}</h2>
      <ul>
        {rooms.map(room => (
          <RoomCard key={room.id} room={room} task={task} onGone={gone} />
        ))}
      </ul>
      <p className="problem" role="alert">
        {task.problem}
      </p>
    </section>
  )
}

function RoomCard(props: {
  room: RoomShown
  task: Task
  onGone: (room: RoomShown, how: (room: RoomShown) => Promise<unknown>) => void
}): ReactElement {
  const { room, task, onGone } = props
  const { name, link, picture, changedAt, role, isLocked } = room
  const isOwner = role === 'owner'
  return (
    <li className="room-card">
      <a href={link}>
        <img src={picture} alt="" width={480} height={320} loading="lazy" />
        <strong>{name}</strong>
        <small>
          <time dateTime={changedAt}>{timeAgo(Date.parse(changedAt))}</time>
          {isLocked && <Mark icon="lock" label={t('rooms.locked')} />}
          {role === 'viewer' && <Mark icon="eye" label={t('rooms.watch')} />}
        </small>
      </a>
      <details className="room-more">
        <summary aria-label={t('rooms.more', { name })}>
          <Icon name="more" />
        </summary>
        <div className="room-actions panel">
          <ConfirmButton
            icon={isOwner ? 'trash' : 'close'}
            label={isOwner ? t('rooms.delete') : t('rooms.leave')}
            question={isOwner ? t('rooms.deleteAsk', { name }) : t('rooms.leaveAsk', { name })}
            confirm={isOwner ? t('rooms.delete') : t('rooms.leave')}
            isDanger
            disabled={task.isBusy}
            onConfirm={() => onGone(room, isOwner ? deleteRoom : leaveRoom)}
          />
        </div>
      </details>
    </li>
  )
}

const Mark = ({ icon, label }: { icon: 'lock' | 'eye'; label: string }): ReactElement => (
  <span className="room-mark" title={label}>
    <Icon name={icon} size={15} />
    <span className="visually-hidden">{label}</span>
  </span>
)

function timeAgo(at: number): string {
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' })
  const minutes = Math.round((at - Date.now()) / 60_000)
  if (minutes > -60) return relative.format(minutes, 'minute')
  if (minutes > -60 * 24) return relative.format(Math.round(minutes / 60), 'hour')
  return relative.format(Math.round(minutes / 60 / 24), 'day')
}
