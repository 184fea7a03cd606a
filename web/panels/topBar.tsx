import { type ReactElement, type ReactNode, useState } from 'react'
import { limits } from '../../protocol/limits.ts'
import { keyOf } from '../browser/keys.ts'
import type { Board } from '../canvas/board.ts'
import { IconButton } from '../controls/controls.tsx'
import { Mark } from '../controls/icons.tsx'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import { People } from './people.tsx'
import { Share } from './share.tsx'
import { StylesButton } from './styles/button.tsx'
import { ThemeButton } from './theme.tsx'
import { UndoButtons } from './viewBar.tsx'
import './topBar.css'

export function TopBar(props: {
  board: Board
  onHelp: () => void
  /** What stands in the middle. */
  children?: ReactNode
}): ReactElement {
  const { board, onHelp, children } = props
  const { session } = board
  const entered = useStore(session.entered)
  const canEdit = session.canEdit()
  return (
    <header className="top-bar">
      <div className="top-left panel">
        <a className="home" href="/" aria-label={t('top.home')}>
          <Mark size={22} />
        </a>
        <RoomName board={board} canRename={canEdit} />
      </div>
      {children}
      <div className="top-right panel">
        {canEdit && (
          <div className="phone-only">
            <UndoButtons board={board} />
          </div>
        )}
        <span className="wide-only top-icons">
          <StylesButton />
          <ThemeButton />
          <IconButton icon="help" label={t('top.help')} shortcut="?" onClick={onHelp} />
        </span>
        <People board={board} onHelp={onHelp} />
        {entered && <Share links={entered.links} addresses={entered.addresses} />}
      </div>
    </header>
  )
}

function RoomName({ board, canRename }: { board: Board; canRename: boolean }): ReactElement {
  const name = useStore(board.session.name)
  const [draft, setDraft] = useState<string | null>(null)
  if (!canRename) return <h1 className="room-name">{name}</h1>
  function commit() {
    const next = draft?.trim()
    if (next && next !== name) board.session.renameRoom(next)
    setDraft(null)
  }
  return (
    <input
      className="room-name"
      aria-label={t('top.roomName')}
      maxLength={limits.maxRoomNameCharacters}
      value={draft ?? name}
      onChange={event => setDraft(event.target.value)}
      onBlur={commit}
      onKeyDown={event => {
        const key = keyOf(event.nativeEvent)
        if (key === 'Enter') event.currentTarget.blur()
        if (key === 'Escape') setDraft(null)
      }}
    />
  )
}
