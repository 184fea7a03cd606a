import { type ReactElement, useState } from 'react'
import { t } from '../../text/t.ts'
import './compare.css'

/**
 * Pictures of the same prompts and seeds without and with a style, under one curtain that is drawn over all of them. Its
 * ends say what is on which side; the one whose side is covered fades.
 */
export function Compare(props: {
  name: string
  before: readonly string[]
  after: readonly string[]
  prompts: readonly string[]
}): ReactElement | null {
  const { name, before, after, prompts } = props
  const [share, setShare] = useState(50)
  if (after.length === 0) return null
  return (
    <figure className="compare" style={{ '--share': `${share}%` } as React.CSSProperties}>
      <div className="compare-pictures">
        {after.map((url, index) => (
          <div key={url} className="compare-picture">
            <img
              src={url}
              alt={t('compare.after', { prompt: prompts[index] ?? t('compare.example'), name })}
              draggable={false}
            />
            {before[index] && <img className="compare-before" src={before[index]} alt="" draggable={false} />}
          </div>
        ))}
      </div>
      <label className="compare-curtain">
        <span aria-hidden="true" data-hidden={share === 0 || undefined}>
          {t('compare.without')}
        </span>
        <input
          type="range"
          min={0}
          max={100}
          value={share}
          aria-label={t('compare.label')}
          aria-valuetext={t('compare.share', { share: share / 100 })}
          style={{ '--filled': `${share}%` } as React.CSSProperties}
          onChange={event => setShare(event.target.valueAsNumber)}
        />
        <span aria-hidden="true" data-hidden={share === 100 || undefined}>
          {t('compare.with', { name })}
        </span>
      </label>
    </figure>
  )
}
