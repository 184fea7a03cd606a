import type { ReactElement } from 'react'
import type { RoomSession } from '../room/session.ts'
import { useStore } from '../store/store.ts'
import './cursors.css'

/** Where the others point. */
export function Cursors({ session }: { session: RoomSession }): ReactElement {
  const cursors = useStore(session.cursors)
  const people = useStore(session.people)
  return (
    <>
      {people.map(person => {
        const at = cursors.get(person.id)
        if (!at) return null
        return (
          <div
            key={person.id}
            className="cursor"
            style={{ '--x': at.x, '--y': at.y, '--color': person.color } as React.CSSProperties}
            aria-hidden="true"
          >
            <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
              <path d="M4 2.5 16.5 9.4 10.7 11 8.3 16.8Z" />
            </svg>
            <span>{person.name}</span>
          </div>
        )
      })}
    </>
  )
}
