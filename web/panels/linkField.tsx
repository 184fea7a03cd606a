import { type ReactElement, useRef, useState } from 'react'
import { copyField } from '../browser/features.ts'
import { Icon } from '../controls/icons.tsx'
import { t } from '../text/t.ts'
import './linkField.css'

/** An address to copy. */
export function LinkField({ label, url }: { label: string; url: string }): ReactElement {
  const field = useRef<HTMLInputElement>(null)
  const [copied, setCopied] = useState(false)
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
          <span aria-live="polite">{t(copied ? 'share.copied' : 'share.copy')}</span>
        </button>
      </span>
    </label>
  )
}
