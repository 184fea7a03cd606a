import { type ReactElement, useCallback, useState } from 'react'
import type { Board } from '../canvas/board.ts'
import { Face } from '../controls/face.tsx'
import { later } from '../controls/later.ts'
import { Popover } from '../controls/popover.tsx'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import './people.css'

const PeopleList = later(async () => (await import('./peopleList.tsx')).PeopleList)

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
        {faces.length > maxFaces && <span className="face more" data-initial={`+${faces.length - maxFaces}`} />}
      </button>
      <Popover label={t('people.title')} open={open} onClose={close}>
        <PeopleList board={board} onHelp={onHelp} onClose={close} />
      </Popover>
    </div>
  )
}
