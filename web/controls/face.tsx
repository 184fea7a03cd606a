import type { ReactElement } from 'react'
import type { Person } from '../../protocol/person.ts'
import './face.css'

/** Somebody, as a disc in their color with their initial. */
export function Face({ person }: { person: Pick<Person, 'name' | 'color'> }): ReactElement {
  return (
    <span
      className="face"
      style={{ '--color': person.color } as React.CSSProperties}
      data-tip={person.name}
      aria-hidden="true"
    >
      {[...person.name.trim()][0]?.toUpperCase() ?? '·'}
    </span>
  )
}
