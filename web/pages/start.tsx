import { type FormEvent, type ReactElement, Suspense, useState } from 'react'
import { limits } from '../../protocol/limits.ts'
import { Icon, Mark } from '../controls/icons.tsx'
import { later } from '../controls/later.ts'
import { Toasts } from '../controls/toasts.tsx'
import { Account } from '../panels/account.tsx'
import { LanguageChoice } from '../panels/language.tsx'
import { Moderation } from '../panels/moderation.tsx'
import { StylesButton } from '../panels/styles/button.tsx'
import { StylesSheet } from '../panels/styles/later.tsx'
import { ThemeButton } from '../panels/theme.tsx'
import { becomeGuest, makeRoom, messageFor } from '../room/http.ts'
import { beginFirstRoom } from '../store/firstSteps.ts'
import { isKnownHere, myName } from '../store/preferences.ts'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import './start.css'

const RoomList = later(async () => (await import('../panels/rooms/list.tsx')).RoomList)

/** Where a person begins: a name, a new room, and the rooms they were in. */
export function StartPage(): ReactElement {
  const isKnown = useStore(isKnownHere)
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
        <p>{t('start.about')}</p>
        <NewRoom />
        <div className="start-account">
          <Account />
          <Moderation />
        </div>
      </section>
      <Suspense>{isKnown && <RoomList />}</Suspense>
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
      const { links } = await makeRoom(
        owner ? t('start.roomOf', { name: owner }).slice(0, limits.maxRoomNameCharacters) : t('start.newRoom'),
      )
      const secret = links.edit.split('/').at(-1)!
      beginFirstRoom(secret)
      location.assign(`/r/${secret}`)
    } catch (error) {
      setState({ busy: false, problem: messageFor(error) })
    }
  }

  return (
    <form className="start-form" onSubmit={open}>
      <label className="visually-hidden" htmlFor="name">
        {t('start.yourName')}
      </label>
      <input
        id="name"
        className="field"
        placeholder={t('start.yourName')}
        autoComplete="nickname"
        maxLength={limits.maxNameCharacters}
        value={name}
        onChange={event => myName.set(event.target.value)}
      />
      <button type="submit" className="button primary" disabled={state.busy}>
        <Icon name="plus" />
        {t('start.newRoom')}
      </button>
      <p className="problem" role="alert">
        {state.problem}
      </p>
    </form>
  )
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
