import type { ReactElement } from 'react'
import type { Person } from '../../protocol/person.ts'
import './face.css'

/** Somebody, as a disc in their color with their initial: drawn, as letters would belong to the name of what holds it. */
export function Face({ person }: { person: Pick<Person, 'name' | 'color'> }): ReactElement {
  return (
    <span
      className="face"
      style={{ '--color': person.color } as React.CSSProperties}
      data-tip={person.name}
      data-initial={[...person.name.trim()][0]?.toUpperCase() ?? '·'}
      aria-hidden="true"
    />
  )
}
