import { type ReactElement, useEffect, useState } from 'react'
import { Sheet, Switch } from '../controls/controls.tsx'
import { Icon } from '../controls/icons.tsx'
import { OutsideLink } from '../controls/outsideLink.tsx'
import { useTask } from '../controls/task.ts'
import type { RoomSession } from '../room/session.ts'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import { LinkField } from './linkField.tsx'
import { roomLink } from './roomLink.ts'
import './streamSheet.css'

/** The address of a page that shows one frame alone, and how it lies there. */
export function StreamSheet(props: { session: RoomSession; frameId: string; onClose: () => void }): ReactElement {
  const { session, frameId, onClose } = props
  const addresses = useStore(session.entered)?.addresses ?? []
  const [path, setPath] = useState<string | null>(null)
  const [isFull, setFull] = useState(false)
  const [isTransparent, setTransparent] = useState(false)
  const { run, problem } = useTask()
  // biome-ignore lint/correctness/useExhaustiveDependencies: the link is of the frame.
  useEffect(() => {
    void run(async () => setPath(await session.frameLink(frameId)))
  }, [frameId])

  const look = new URLSearchParams([
    ...(isFull ? [['fit', 'cover']] : []),
    ...(isTransparent ? [['background', 'transparent']] : []),
  ])
  const url = path && roomLink(look.size > 0 ? `${path}?${look}` : path, location.href, addresses)
  return (
    <Sheet title={t('stream.title')} onClose={onClose} className="stream-sheet">
      <p>{t('stream.hint')}</p>
      <Switch label={t('stream.full')} checked={isFull} onChange={setFull} />
      <Switch label={t('stream.transparent')} checked={isTransparent} onChange={setTransparent} />
      {url && (
        <>
          <LinkField label={t('stream.link')} url={url} />
          <OutsideLink className="button" href={url}>
            <Icon name="eye" size={18} />
            {t('stream.open')}
          </OutsideLink>
        </>
      )}
      <p className="hint">{t('stream.renew')}</p>
      <p className="problem" role="alert">
        {problem}
      </p>
    </Sheet>
  )
}
