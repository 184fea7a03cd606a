import { type ReactElement, Suspense, useState } from 'react'
import type { FrameElement } from '../../../protocol/scene.ts'
import type { Board } from '../../canvas/board.ts'
import { IconButton } from '../../controls/controls.tsx'
import { later } from '../../controls/later.ts'
import { useStore } from '../../store/store.ts'
import { t } from '../../text/t.ts'
import './row.css'

const LayerList = later(async () => (await import('./list.tsx')).LayerList)

/** What of a frame's layers always shows: on which one this page draws. The list opens below it. */
export function LayersRow({ board, frame }: { board: Board; frame: FrameElement }): ReactElement {
  const [open, setOpen] = useState(false)
  const layers = useStore(board.session.layers).filter(layer => layer.frame === frame.id)
  useStore(board.layers.chosen)
  const active = board.layers.active(frame.id)
  return (
    <section className="layers" aria-label={t('layers.label')}>
      <div className="layers-row">
        <span className="layers-label">{t('layers.label')}</span>
        <span className="layers-active">
          {active ? active.name : t(layers.length > 0 ? 'layers.allClosed' : 'layers.none')}
        </span>
        <IconButton
          icon="plus"
          className="small"
          label={t('layers.add')}
          onClick={() => {
            board.layers.add(frame)
            setOpen(true)
          }}
        />
        <IconButton
          icon="layers"
          className="small"
          label={t(open ? 'layers.hideList' : 'layers.showList')}
          aria-expanded={open}
          disabled={layers.length === 0}
          onClick={() => setOpen(!open)}
        />
      </div>
      {open && layers.length > 0 && (
        <Suspense>
          <LayerList board={board} frame={frame} />
        </Suspense>
      )}
    </section>
  )
}
