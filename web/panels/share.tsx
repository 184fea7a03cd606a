import { type ReactElement, useCallback, useRef, useState } from 'react'
import type { Welcome } from '../../protocol/events.ts'
import { copyField } from '../browser/features.ts'
import { Popover } from '../controls/controls.tsx'
import { Icon } from '../controls/icons.tsx'

export function Share({ links }: { links: Welcome['links'] }): ReactElement {
  const [open, setOpen] = useState(false)
  const close = useCallback(() => setOpen(false), [])
  return (
    <div className="anchor">
      <button
        type="button"
        className="button primary share"
        data-popover-anchor
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon name="link" size={18} />
        <span>Share</span>
      </button>
      <Popover label="Share this room" open={open} onClose={close} className="share-panel">
        <h2>Share this room</h2>
        {links.edit !== null && <LinkField label="Anyone with this link can draw" link={links.edit} />}
        <LinkField label="Anyone with this link can watch" link={links.view} />
      </Popover>
    </div>
  )
}

function LinkField({ label, link }: { label: string; link: string }): ReactElement {
  const field = useRef<HTMLInputElement>(null)
  const [copied, setCopied] = useState(false)
  const url = roomUrl(link)
  async function copy() {
    if (!field.current || !(await copyField(field.current))) return
    setCopied(true)
    setTimeout(() => setCopied(false), 2_000)
  }
  return (
    <label className="link-field">
      <span>{label}</span>
      <span className="link-row">
        <input ref={field} className="field" readOnly value={url} onFocus={event => event.target.select()} />
        <button type="button" className="button" onClick={copy}>
          <Icon name={copied ? 'check' : 'link'} size={18} />
          <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
        </button>
      </span>
    </label>
  )
}

/** Links come as a whole address, a path or a bare secret; people share the first. */
function roomUrl(link: string): string {
  return new URL(link.includes('/') ? link : `/r/${link}`, location.origin).href
}
