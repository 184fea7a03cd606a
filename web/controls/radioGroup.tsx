import { type KeyboardEvent, type ReactElement, type ReactNode, useLayoutEffect, useRef } from 'react'

const steps: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }

/** Buttons of which one is chosen: one stop for the Tab key, and the arrows choose among them, as browsers do it. */
export function RadioGroup(props: { label: string; className: string; children: ReactNode }): ReactElement {
  const group = useRef<HTMLDivElement>(null)
  const radios = () => [...(group.current?.querySelectorAll<HTMLElement>('[role=radio]') ?? [])]

  // After each drawing: what is chosen may have changed.
  useLayoutEffect(() => {
    const all = radios()
    const chosen = all.find(radio => radio.ariaChecked === 'true') ?? all[0]
    for (const radio of all) radio.tabIndex = radio === chosen ? 0 : -1
  })

  function move(event: KeyboardEvent): void {
    const step = steps[event.key]
    const all = radios()
    const at = all.indexOf(event.target as HTMLElement)
    if (step === undefined || at < 0) return
    event.preventDefault()
    event.stopPropagation()
    const next = all[(at + step + all.length) % all.length]!
    next.focus()
    next.click()
  }

  return (
    <div ref={group} className={props.className} role="radiogroup" aria-label={props.label} onKeyDown={move}>
      {props.children}
    </div>
  )
}
