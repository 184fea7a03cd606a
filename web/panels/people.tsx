import { type ReactElement, useCallback, useState } from 'react'
import { limits } from '../../protocol/limits.ts'
import type { Person } from '../../protocol/person.ts'
import { keyOf } from '../browser/keys.ts'
import type { Board } from '../canvas/board.ts'
import { IconButton, Popover } from '../controls/controls.tsx'
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
import './people.css'

const maxFaces = 4
/** Who is here; a click lists them, and lets me say my name. */
export function People({ board, onHelp }: { board: Board; onHelp: () => void }): ReactElement {
  const { session } = board
  const people = useStore(session.people)
  const me = useStore(session.entered)?.you
  const [open, setOpen] = useState(false)
  const close = useCallback(() => setOpen(false), [])
  const others = people.filter(person => person.id !== me?.id)
  const faces = [...(me ? [me] : []), ...others]
  return (
    <div className="anchor">
      <button
        type="button"
        className="faces"
        data-popover-anchor
        aria-expanded={open}
        aria-label={t('people.count', { count: faces.length })}
        onClick={() => setOpen(!open)}
      >
        {faces.slice(0, maxFaces).map(person => (
          <Face key={person.id} person={person} />
        ))}
        {faces.length > maxFaces && <span className="face more">+{faces.length - maxFaces}</span>}
      </button>
      <Popover label={t('people.title')} open={open} onClose={close}>
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
                  close()
                  session.follow(person.id)
                }}
              >
                {t('together.follow')}
              </button>
            </li>
          ))}
        </ul>
        {others.length === 0 && <p className="hint">{t('people.alone')}</p>}
        {me?.role === 'owner' && <ManageRoom onOpen={close} />}
        <Account />
        <footer className="people-footer phone-only">
          <StylesButton onOpen={close} />
          <ThemeButton />
          <IconButton
            icon="laser"
            label={t('laser.label')}
            onClick={() => {
              close()
              board.tools.current.set('laser')
            }}
          />
          <IconButton
            icon="help"
            label={t('top.help')}
            onClick={() => {
              close()
              onHelp()
            }}
          />
        </footer>
      </Popover>
    </div>
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
