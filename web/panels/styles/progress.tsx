import type { ReactElement } from 'react'
import { t } from '../../text/t.ts'
import './progress.css'

/** Four strokes that fill one after the other. */
export function StrokesProgress({ done, label }: { done: number; label: string }): ReactElement {
  const percent = Math.round(Math.min(Math.max(done, 0), 1) * 100)
  return (
    <div
      className="strokes-progress"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      {[0, 1, 2, 3].map(stroke => (
        <i
          key={stroke}
          style={{ '--filled': Math.min(Math.max(percent / 25 - stroke, 0), 1) } as React.CSSProperties}
        />
      ))}
    </div>
  )
}

/** Whole minutes far off, steps of ten seconds near the end: people read it, they do not time it. */
export function timeLeftLabel(seconds: number): string {
  if (seconds > 90) return t('time.minutes', { count: Math.round(seconds / 60) })
  if (seconds > 45) return t('time.minute')
  if (seconds > 8) return t('time.seconds', { count: Math.ceil(seconds / 10) * 10 })
  return t('time.soon')
}
