import { type ReactElement, useState } from 'react'
import { limits } from '../../protocol/limits.ts'
import type { Person } from '../../protocol/person.ts'
import { keyOf } from '../browser/keys.ts'
import type { Board } from '../canvas/board.ts'
import { IconButton } from '../controls/controls.tsx'
import { Face } from '../controls/face.tsx'
import { Icon } from '../controls/icons.tsx'
import type { RoomSession } from '../room/session.ts'
import { myName } from '../store/preferences.ts'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import { Account } from './account.tsx'
import { ownerSheetOpen } from './owners/open.ts'
import { StylesButton } from './styles/button.tsx'
import { ThemeButton } from './theme.tsx'

/** Who is here, with my name to be changed; on a phone also what has no room in the bar. */
export function PeopleList(props: { board: Board; onHelp: () => void; onClose: () => void }): ReactElement {
  const { board, onHelp, onClose } = props
  const { session } = board
  const people = useStore(session.people)
  const me = useStore(session.entered)?.you
  const others = people.filter(person => person.id !== me?.id)
  return (
    <>
      <h2>{t('people.title')}</h2>
      {me && <MyName session={session} me={me} />}
      <ul className="people">
        {others.map(person => (
          <li key={person.id}>
            <Face person={person} />
            <span className="person-name">{person.name}</span>
            <small>{t(`people.${person.role}`)}</small>
            <button
              type="button"
              className="button quiet"
              aria-label={t('together.followName', { name: person.name })}
              onClick={() => {
                onClose()
                session.follow(person.id)
              }}
            >
              {t('together.follow')}
            </button>
          </li>
        ))}
      </ul>
      {others.length === 0 && <p className="hint">{t('people.alone')}</p>}
      {me?.role === 'owner' && <ManageRoom onOpen={onClose} />}
      <Account />
      <footer className="people-footer phone-only">
        <StylesButton onOpen={onClose} />
        <ThemeButton />
        <IconButton
          icon="laser"
          label={t('laser.label')}
          onClick={() => {
            onClose()
            board.tools.current.set('laser')
          }}
        />
        <IconButton
          icon="help"
          label={t('top.help')}
          onClick={() => {
            onClose()
            onHelp()
          }}
        />
      </footer>
    </>
  )
}

function ManageRoom({ onOpen }: { onOpen: () => void }): ReactElement {
  return (
    <button
      type="button"
      className="button quiet manage-room"
      onClick={() => {
        onOpen()
        ownerSheetOpen.set(true)
      }}
    >
      <Icon name="sliders" size={18} />
      {t('people.manage')}
    </button>
  )
}

function MyName({ session, me }: { session: RoomSession; me: Person }): ReactElement {
  const [draft, setDraft] = useState(me.name)
  function commit() {
    const name = draft.trim()
    if (!name) return setDraft(me.name)
    myName.set(name)
    if (name !== me.name) session.renameMe(name)
  }
  return (
    <label className="my-name">
      <Face person={{ ...me, name: draft }} />
      <span className="visually-hidden">{t('start.yourName')}</span>
      <input
        className="field"
        value={draft}
        maxLength={limits.maxNameCharacters}
        onChange={event => setDraft(event.target.value)}
        onBlur={commit}
        onKeyDown={event => keyOf(event.nativeEvent) === 'Enter' && event.currentTarget.blur()}
      />
      <small>{t('people.you', { role: t(`people.${me.role}`) })}</small>
    </label>
  )
}
