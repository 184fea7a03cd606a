import { type ReactElement, Suspense, useCallback, useEffect } from 'react'
import type { Welcome } from '../../protocol/events.ts'
import { Icon } from '../controls/icons.tsx'
import { later } from '../controls/later.ts'
import { Popover } from '../controls/popover.tsx'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import { exportOpen } from './exporting/open.ts'
import { LinkField } from './linkField.tsx'
import { replayOpen } from './replay/open.ts'
import { roomLink } from './roomLink.ts'
import { shareOpen } from './shareOpen.ts'
import './share.css'

const QrCode = later(async () => (await import('./qrCode.tsx')).QrCode)

export function Share({ links, addresses }: Pick<Welcome, 'links' | 'addresses'>): ReactElement {
  const open = useStore(shareOpen)
  const close = useCallback(() => shareOpen.set(false), [])
  // Another room's links are shown when they are asked for.
  useEffect(() => close, [close])
  const urlOf = (link: string) => roomLink(link, location.href, addresses)
  return (
    <div className="anchor">
      <button
        type="button"
        className="button primary share"
        aria-label={t('share.button')}
        data-popover-anchor
        aria-expanded={open}
        onClick={() => shareOpen.set(!open)}
      >
        <Icon name="link" size={18} />
        <span>{t('share.button')}</span>
      </button>
      <Popover label={t('share.title')} open={open} onClose={close} className="share-panel">
        <h2>{t('share.title')}</h2>
        {links.edit !== null && <LinkField label={t('share.draw')} url={urlOf(links.edit)} />}
        <LinkField label={t('share.watch')} url={urlOf(links.view)} />
        <button
          type="button"
          className="button quiet"
          onClick={() => {
            close()
            exportOpen.set(true)
          }}
        >
          <Icon name="download" size={18} />
          {t('share.export')}
        </button>
        <button
          type="button"
          className="button quiet"
          onClick={() => {
            close()
            replayOpen.set(true)
          }}
        >
          <Icon name="restore" size={18} />
          {t('share.replay')}
        </button>
        <figure className="qr-place">
          <Suspense fallback={<span className="qr" />}>
            <QrCode link={urlOf(links.edit ?? links.view)} label={t('share.qr')} />
          </Suspense>
          <figcaption>{t(links.edit === null ? 'share.watchOnPhone' : 'share.drawOnPhone')}</figcaption>
        </figure>
      </Popover>
    </div>
  )
}
