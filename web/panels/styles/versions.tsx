import type { ReactElement } from 'react'
import type { StyleShown, StyleVersionShown } from '../../../protocol/styles.ts'
import { Icon } from '../../controls/icons.tsx'
import { changeStyle } from '../../room/styles.ts'
import { timeText } from '../../text/format.ts'
import { t } from '../../text/t.ts'
import { FannedSheets } from './tray.tsx'
import './versions.css'

/** What it has been; its owner can put an earlier version back in use. */
export function Versions(props: {
  style: StyleShown
  run: (work: () => Promise<unknown>) => Promise<void>
}): ReactElement | null {
  const { style, run } = props
  if (style.versions.length === 0) return null
  return (
    <details className="fold">
      <summary>
        <Icon name="chevron" size={18} />
        {t('versions.label')}
        <span className="hint">{style.versions.length}</span>
      </summary>
      <ul className="versions">
        {style.versions.map(version => (
          <li key={version.number}>
            {version.after[0] ? <img src={version.after[0]} alt="" loading="lazy" /> : <FannedSheets />}
            <span className="label">
              <span>{t('versions.number', { number: version.number })}</span>
              <small>{versionDetails(version)}</small>
            </span>
            {version.isInUse ? (
              <span className="badge">{t('versions.inUse')}</span>
            ) : (
              style.isMine &&
              version.fits && (
                <button
                  type="button"
                  className="button"
                  aria-label={t('versions.restoreNumber', { number: version.number })}
                  onClick={() => run(() => changeStyle(style.id, { version: version.number }))}
                >
                  <Icon name="restore" size={18} />
                  {t('versions.restore')}
                </button>
              )
            )}
          </li>
        ))}
      </ul>
    </details>
  )
}

const formatTime = (at: number): string =>
  timeText(at, { day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' })

function versionDetails({ createdAt, origin, pictures, rank, bytes, fits, assessment }: StyleVersionShown): string {
  return [
    formatTime(createdAt),
    origin === 'imported' ? t('versions.fromFile') : t('versions.fromPictures', { count: pictures }),
    t('versions.rank', { rank }),
    t('versions.size', { count: Math.max(1, Math.round(bytes / 1000)) }),
    ...(fits ? [] : [t('versions.foreign')]),
    ...(assessment && assessment.outcome !== 'better' ? [t('versions.noBetter')] : []),
  ].join(' · ')
}
