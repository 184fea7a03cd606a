import type { ReactElement, ReactNode } from 'react'
import { Icon } from '../controls/icons.tsx'
import type { RoomSession } from '../room/session.ts'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import './status.css'

/** One quiet line when something is not as usual: the connection is gone, or this page may only watch. */
export function StatusBanner(props: {
  session: RoomSession
  canEdit: boolean
  /** What stands there as long as everything is as usual. */
  children?: ReactNode
}): ReactElement {
  const { session, canEdit, children } = props
  const connection = useStore(session.connection)
  const unsent = useStore(session.unsent)
  const isLocked = useStore(session.isLocked)
  const you = useStore(session.entered)?.you
  const offline = connection.type === 'offline' || connection.type === 'connecting'
  return (
    <div className="banner-place">
      <div aria-live="polite">
        {offline && (
          <p className="banner panel" data-tone="warn">
            <Icon name="offline" size={18} />
            <span className="banner-words">
              {unsent === 0 ? t('status.offline') : t('status.unsent', { count: unsent })}
            </span>
            <span className="banner-short">
              {t('status.offlineShort')} {unsent > 0 && <span>{t('status.unsentShort', { count: unsent })}</span>}
            </span>
          </p>
        )}
        {!offline && !canEdit && (
          <p className="banner panel">
            <Icon name={isLocked ? 'lock' : 'eye'} size={18} />
            {t(isLocked && you?.role === 'editor' ? 'status.locked' : 'status.watching')}
          </p>
        )}
      </div>
      {!offline && children}
    </div>
  )
}
