import type { ReactElement } from 'react'
import type { Board } from '../canvas/board.ts'
import { copyPicture } from '../canvas/copyPicture.ts'
import { angleStep } from '../canvas/tools/rotate.ts'
import { IconButton } from '../controls/controls.tsx'
import { Segments } from '../controls/segments.tsx'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import './dock.css'

/** Beside the select tool: what can be done with what is selected. */
export function SelectionBar({ board }: { board: Board }): ReactElement {
  const selection = useStore(board.selection.ids)
  return (
    <div className="selection-bar panel" role="toolbar" aria-label={t('selection.label')}>
      <Catches board={board} />
      {selection.size > 0 && <Actions board={board} />}
    </div>
  )
}

/** What a drag on the desk draws around things. */
function Catches({ board }: { board: Board }): ReactElement {
  const catches = useStore(board.tools.catches)
  return (
    <Segments
      label={t('selection.by')}
      value={catches}
      segments={[
        { value: 'box', icon: 'box', label: t('selection.box'), shortcut: 'V' },
        { value: 'lasso', icon: 'lasso', label: t('selection.lasso'), shortcut: 'L' },
      ]}
      onChoose={board.tools.catches.set}
    />
  )
}

/** For one frame: to paint a part of it, and whether its handles paint on beyond its edges. */
function FrameButtons({ board }: { board: Board }): ReactElement | null {
  const extending = useStore(board.tools.extends)
  const [only, ...others] = board.selection.elements()
  if (only?.kind !== 'frame' || others.length > 0) return null
  return (
    <>
      <IconButton
        icon="region"
        label={t('selection.paintPart')}
        shortcut="M"
        onClick={() => board.tools.current.set('region')}
      />
      <IconButton
        icon="extend"
        label={t('selection.extend')}
        pressed={extending}
        onClick={() => board.tools.extends.set(!extending)}
      />
    </>
  )
}

function Actions({ board }: { board: Board }): ReactElement {
  const { size } = useStore(board.selection.ids)
  return (
    <>
      <span className="count">{t('selection.count', { count: size })}</span>
      <span className="divider" />
      <IconButton
        icon="turnLeft"
        label={t('selection.turnLeft')}
        shortcut="Q"
        onClick={() => board.selection.turn(-angleStep)}
      />
      <IconButton
        icon="turnRight"
        label={t('selection.turnRight')}
        shortcut="W"
        onClick={() => board.selection.turn(angleStep)}
      />
      <FrameButtons board={board} />
      <IconButton icon="front" label={t('selection.front')} shortcut="Ctrl+]" onClick={board.selection.toFront} />
      <IconButton icon="back" label={t('selection.back')} shortcut="Ctrl+[" onClick={board.selection.toBack} />
      <IconButton
        icon="duplicate"
        label={t('selection.duplicate')}
        shortcut="Ctrl+D"
        onClick={board.selection.duplicate}
      />
      <IconButton
        icon="image"
        label={t('selection.copyPng')}
        shortcut="Ctrl+Shift+C"
        onClick={() => void copyPicture(board, 'PNG')}
      />
      <IconButton icon="vector" label={t('selection.copySvg')} onClick={() => void copyPicture(board, 'SVG')} />
      <IconButton icon="trash" label={t('selection.delete')} shortcut="Delete" onClick={board.selection.remove} />
    </>
  )
}
