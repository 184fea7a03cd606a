import { type FormEvent, type ReactElement, useState } from 'react'
import { limits } from '../../protocol/limits.ts'
import { Icon, Mark } from '../controls/icons.tsx'
import { Account } from '../panels/account.tsx'
import { LanguageChoice } from '../panels/language.tsx'
import { Moderation } from '../panels/moderation.tsx'
import { Toasts } from '../panels/status.tsx'
import { StylesButton } from '../panels/styles/button.tsx'
import { StylesSheet } from '../panels/styles/later.tsx'
import { ThemeButton } from '../panels/theme.tsx'
import { becomeGuest, makeRoom, messageFor } from '../room/http.ts'
import { forgetRoom, myName, type RecentRoom, recentRooms } from '../store/preferences.ts'
import { useStore } from '../store/store.ts'
import './start.css'

/** Where a person begins: a name, a new room, and the rooms they were in. */
export function StartPage(): ReactElement {
  const rooms = useStore(recentRooms)
  return (
    <main className="start">
      <div className="start-theme">
        <StylesButton />
        <ThemeButton />
        <LanguageChoice />
      </div>
      <section className="start-hero">
        <FourStrokes />
        <h1>
          <Mark size={34} />
          Fourstroke
        </h1>
        <p>Draw together. A model repaints what you draw in four steps, live, for everybody in the room.</p>
        <NewRoom />
        <div className="start-account">
          <Account />
          <Moderation />
        </div>
      </section>
      {rooms.length > 0 && (
        <section className="start-recent" aria-labelledby="recent">
          <h2 id="recent">Your rooms</h2>
          <ul>
            {rooms.map(room => (
              <RecentRoomItem key={room.secret} room={room} />
            ))}
          </ul>
        </section>
      )}
      <StylesSheet board={null} />
      <Toasts />
    </main>
  )
}

function NewRoom(): ReactElement {
  const name = useStore(myName)
  const [state, setState] = useState<{ busy: boolean; problem: string | null }>({ busy: false, problem: null })

  async function open(event: FormEvent) {
    event.preventDefault()
    setState({ busy: true, problem: null })
    try {
      await becomeGuest()
      const owner = name.trim()
      const { links } = await makeRoom(owner ? `${owner}’s room`.slice(0, limits.maxRoomNameCharacters) : 'New room')
      location.assign(`/r/${links.edit.split('/').at(-1)}`)
    } catch (error) {
      setState({ busy: false, problem: messageFor(error) })
    }
  }

  return (
    <form className="start-form" onSubmit={open}>
      <label className="visually-hidden" htmlFor="name">
        Your name
      </label>
      <input
        id="name"
        className="field"
        placeholder="Your name"
        autoComplete="nickname"
        maxLength={limits.maxNameCharacters}
        value={name}
        onChange={event => myName.set(event.target.value)}
      />
      <button type="submit" className="button primary" disabled={state.busy}>
        <Icon name="plus" />
        New room
      </button>
      <p className="problem" role="alert">
        {state.problem}
      </p>
    </form>
  )
}

function RecentRoomItem({ room }: { room: RecentRoom }): ReactElement {
  return (
    <li className="recent-room">
      <a href={`/r/${room.secret}`}>
        <strong>{room.name}</strong>
        <time dateTime={new Date(room.visitedAt).toISOString()}>{timeAgo(room.visitedAt)}</time>
      </a>
      <button
        type="button"
        className="icon-button small"
        aria-label={`Forget ${room.name}`}
        onClick={() => forgetRoom(room.secret)}
      >
        <Icon name="close" size={16} />
      </button>
    </li>
  )
}

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
function timeAgo(at: number): string {
  const minutes = Math.round((at - Date.now()) / 60_000)
  if (minutes > -60) return relative.format(minutes, 'minute')
  if (minutes > -60 * 24) return relative.format(Math.round(minutes / 60), 'hour')
  return relative.format(Math.round(minutes / 60 / 24), 'day')
}

/** Four brush strokes that draw themselves, once. */
function FourStrokes(): ReactElement {
  return (
    <svg className="start-strokes" viewBox="0 0 640 220" aria-hidden="true">
      <path pathLength="1" d="M58 172C120 60 176 44 204 76s-30 100 22 92c44-7 60-60 92-72" />
      <path pathLength="1" d="M250 188c60-96 112-128 140-100s-20 78 20 76 62-52 96-60" />
      <path pathLength="1" d="M396 184c44-66 82-86 102-64s-10 52 18 52 44-32 66-36" />
      <path pathLength="1" d="M500 190c22-26 42-34 54-22s0 22 14 22" />
    </svg>
  )
}
