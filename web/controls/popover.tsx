import {
  type ReactElement,
  type ReactNode,
  type RefObject,
  Suspense,
  useCallback,
  useEffect,
  useRef,
  useState,
} from 'react'
import { IconButton } from './controls.tsx'
import type { IconName } from './icons.tsx'

interface PopoverProps {
  readonly label: string
  readonly className?: string
  readonly children: ReactNode
}

/**
 * A small panel beside its button, which stands in the same element and has `data-popover-anchor`: closes on Escape, on a
 * click elsewhere, and gives the focus back.
 */
export function Popover(props: PopoverProps & { open: boolean; onClose: () => void }): ReactElement | null {
  const { open, onClose } = props
  const panel = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!open) return
    const opener = document.activeElement
    const closeOutside = ({ target }: PointerEvent) => {
      if (!(target instanceof Element) || panel.current?.contains(target)) return
      // Its own button closes it by itself; another's opens what would lie over it.
      const anchor = target.closest('[data-popover-anchor]')
      if (!anchor || anchor.parentElement !== panel.current?.parentElement) onClose()
    }
    const closeOnEscape = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      onClose()
      if (opener instanceof HTMLElement) opener.focus()
    }
    addEventListener('pointerdown', closeOutside, true)
    addEventListener('keydown', closeOnEscape, true)
    return () => {
      removeEventListener('pointerdown', closeOutside, true)
      removeEventListener('keydown', closeOnEscape, true)
    }
  }, [open, onClose])
  if (!open) return null
  return (
    <div ref={panel} className={`popover panel ${props.className ?? ''}`} role="dialog" aria-label={props.label}>
      <Suspense>
        {props.children}
        <FocusFirst within={panel} />
      </Suspense>
    </div>
  )
}

/** An icon that opens a small panel. */
export function IconPopover(props: PopoverProps & { icon: IconName; buttonClassName?: string }): ReactElement {
  const { icon, label, buttonClassName, ...panel } = props
  const [open, setOpen] = useState(false)
  const close = useCallback(() => setOpen(false), [])
  return (
    <div>
      <IconButton
        icon={icon}
        className={buttonClassName}
        label={label}
        aria-expanded={open}
        data-popover-anchor=""
        onClick={() => setOpen(!open)}
      />
      <Popover label={label} open={open} onClose={close} {...panel} />
    </div>
  )
}

/** Gives the focus to the first control, once what is loaded later is there as well. */
function FocusFirst({ within }: { within: RefObject<HTMLElement | null> }): null {
  useEffect(() => {
    const first = within.current?.querySelector<HTMLElement>('input, button, a, select, textarea')
    first?.focus({ preventScroll: true })
  }, [within])
  return null
}
