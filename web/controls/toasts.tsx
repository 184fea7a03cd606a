import type { ReactElement } from 'react'
import { openSheets } from '../store/sheets.ts'
import { useStore } from '../store/store.ts'
import { dismiss, toasts } from '../store/toasts.ts'
import './toasts.css'

/**
 * What is said in passing. `depth`: how many sheets lie below and including its own; only the uppermost says it, as what lies
 * under a modal dialog is neither seen nor read aloud.
 */
export function Toasts({ depth = 0 }: { depth?: number }): ReactElement | null {
  const all = useStore(toasts)
  const isOnTop = useStore(openSheets) === depth
  if (!isOnTop) return null
  return (
    <div className="toasts" role="status" aria-live="polite">
      {all.map(toast => (
        <button
          key={toast.id}
          type="button"
          className="toast panel"
          data-tone={toast.tone}
          onClick={() => dismiss(toast.id)}
        >
          {toast.message}
        </button>
      ))}
    </div>
  )
}
