import type { MouseEvent, ReactElement, ReactNode } from 'react'
import { openOutside } from '../browser/outside.ts'

/** A link that leaves this page open. Inside Discord its client opens it, once the person has said yes. */
export function OutsideLink(props: { href: string; className: string; children: ReactNode }): ReactElement {
  const { href, className, children } = props
  const open = (event: MouseEvent) => {
    if (openOutside(href)) event.preventDefault()
  }
  return (
    <a className={className} href={href} target="_blank" rel="noreferrer" onClick={open}>
      {children}
    </a>
  )
}
