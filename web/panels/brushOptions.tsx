import type { ReactElement } from 'react'
import type { Board } from '../canvas/board.ts'
import { changeBrush, type SizedBrush } from '../canvas/toolSettings.ts'
import { later } from '../controls/later.ts'
import { IconPopover } from '../controls/popover.tsx'
import { Segments } from '../controls/segments.tsx'
import { t } from '../text/t.ts'
import './brushOptions.css'

const BrushPanel = later(async () => (await import('./brushPanel.tsx')).BrushPanel)

/** How the brush in hand lays down its ink, with a line drawn by it. */
export function BrushOptions({ board, brush }: { board: Board; brush: SizedBrush }): ReactElement {
  const change = (part: Partial<SizedBrush>) => changeBrush(board.tools, () => part)
  return (
    <div className="brush-tip">
      <Segments
        label={t('brush.tip')}
        value={brush.tip}
        segments={[
          { value: 'hard', icon: 'tip', label: t('brush.hard'), shortcut: 'S', look: 'solid' },
          { value: 'soft', icon: 'tip', label: t('brush.soft'), shortcut: 'S', look: 'soft-tip' },
        ]}
        onChoose={tip => change({ tip })}
      />
      <IconPopover icon="sliders" buttonClassName="small" label={t('brush.settings')} className="brush-options">
        <BrushPanel board={board} brush={brush} />
      </IconPopover>
    </div>
  )
}
