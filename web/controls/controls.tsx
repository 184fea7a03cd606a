import { type ButtonHTMLAttributes, type ReactElement, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { openSheets } from '../store/sheets.ts'
import { t } from '../text/t.ts'
import { Icon, type IconName } from './icons.tsx'
import { Toasts } from './toasts.tsx'

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'children'> {
  readonly icon: IconName
  /** What it does, for the tooltip and for those who cannot see the icon. */
  readonly label: string
  readonly shortcut?: string | undefined
  /** Given: a toggle. */
  readonly pressed?: boolean
}

export function IconButton({ icon, label, shortcut, pressed, className, ...rest }: IconButtonProps): ReactElement {
  return (
    <button
      type="button"
      className={`icon-button ${className ?? ''}`}
      aria-label={label}
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      data-tip={shortcut ? `${label} · ${shortcut}` : label}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  )
}

export function Switch(props: {
  label: string
  checked: boolean
  disabled?: boolean
  onChange: (checked: boolean) => void
}): ReactElement {
  return (
    <label className="switch">
      <input
        type="checkbox"
        role="switch"
        checked={props.checked}
        aria-checked={props.checked}
        disabled={props.disabled}
        onChange={event => props.onChange(event.target.checked)}
      />
      <span className="switch-track" aria-hidden="true" />
      <span>{props.label}</span>
    </label>
  )
}

export function Slider(props: {
  label: string
  value: number
  min: number
  max: number
  step: number
  /** What the number means, such as "2 of 4 steps". */
  shown: string
  disabled?: boolean
  onChange: (value: number) => void
}): ReactElement {
  const id = useId()
  const filled = ((props.value - props.min) / Math.max(props.max - props.min, Number.EPSILON)) * 100
  return (
    <div className="slider">
      <label htmlFor={id}>{props.label}</label>
      <output htmlFor={id}>{props.shown}</output>
      <input
        id={id}
        type="range"
        min={props.min}
        max={props.max}
        step={props.step}
        value={props.value}
        disabled={props.disabled}
        aria-valuetext={props.shown}
        style={{ '--filled': `${filled}%` } as React.CSSProperties}
        onChange={event => props.onChange(event.target.valueAsNumber)}
      />
    </div>
  )
}

/** A modal sheet on the browser's own dialog: focus stays inside, Escape closes. */
export function Sheet(props: {
  title: string
  onClose: () => void
  className?: string
  /** Stands where the title would, when the title is more than text. */
  lead?: ReactNode
  /** What it shows, when that changes: each page begins at its top, with the focus there. */
  page?: string
  children: ReactNode
}): ReactElement {
  const { page } = props
  const dialog = useRef<HTMLDialogElement>(null)
  const body = useRef<HTMLDivElement>(null)
  // A click is where a pointer went down and up: words that are selected with the mouse may end beside the sheet.
  const isPressedBeside = useRef(false)
  const depth = useSheetDepth()
  useEffect(() => {
    const element = dialog.current
    if (element && !element.open) element.showModal()
  }, [])
  useEffect(() => {
    if (page === undefined) return
    dialog.current?.scrollTo(0, 0)
    body.current?.focus({ preventScroll: true })
  }, [page])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click on the backdrop closes; keys have Escape, which the dialog answers itself.
    <dialog
      ref={dialog}
      className={`sheet-dialog ${props.className ?? ''}`}
      aria-label={props.title}
      onClose={props.onClose}
      onPointerDown={event => {
        isPressedBeside.current = event.target === dialog.current
      }}
      onClick={event => event.target === dialog.current && isPressedBeside.current && props.onClose()}
    >
      {/* biome-ignore lint/a11y/noAutofocus: a dialog takes the focus when it opens; on its words rather than on its close button. */}
      <div ref={body} className="sheet-body" tabIndex={-1} autoFocus>
        <header>
          {props.lead ?? <h2>{props.title}</h2>}
          <IconButton icon="close" label={t('close')} onClick={props.onClose} />
        </header>
        {props.children}
      </div>
      <Toasts depth={depth} />
    </dialog>
  )
}

/** How many sheets are open with this one. */
function useSheetDepth(): number {
  const [depth] = useState(() => openSheets.get() + 1)
  useEffect(() => {
    openSheets.update(count => count + 1)
    return () => openSheets.update(count => count - 1)
  }, [])
  return depth
}
