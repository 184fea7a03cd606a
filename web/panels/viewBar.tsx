import type { ReactElement } from 'react'
import type { Board } from '../canvas/board.ts'
import { IconButton } from '../controls/controls.tsx'
import { useStore } from '../store/store.ts'
import { percentText } from '../text/format.ts'
import { t } from '../text/t.ts'
import './viewBar.css'

/** Undo, redo and the zoom, in the quiet corner. */
export function ViewBar({ board, canEdit }: { board: Board; canEdit: boolean }): ReactElement {
  const { zoom } = useStore(board.viewport.view)
  const tool = useStore(board.tools.current)
  return (
    <fieldset className="view-bar" aria-label={t('view.label')}>
      {canEdit && <UndoButtons board={board} />}
      <div className="zoom-buttons panel">
        <IconButton
          icon="minus"
          label={t('view.zoomOut')}
          shortcut="-"
          onClick={() => board.viewport.zoomBy(1 / 1.25)}
        />
        <button
          type="button"
          className="zoom"
          aria-label={t('view.zoom', { percent: Math.round(zoom * 100) })}
          onClick={() => board.viewport.zoomBy(1 / zoom)}
        >
          {percentText(zoom)}
        </button>
        <IconButton icon="plus" label={t('view.zoomIn')} shortcut="+" onClick={() => board.viewport.zoomBy(1.25)} />
        <IconButton icon="fit" label={t('view.all')} shortcut="Shift+1" onClick={() => board.camera.showAll()} />
        <IconButton
          icon="laser"
          label={t('laser.label')}
          shortcut="K"
          pressed={tool === 'laser'}
          onClick={() => board.tools.current.set(tool === 'laser' ? 'pen' : 'laser')}
        />
      </div>
    </fieldset>
  )
}

export function UndoButtons({ board }: { board: Board }): ReactElement {
  const { undo, redo } = useStore(board.session.undoable)
  return (
    <div className="undo-buttons panel">
      <IconButton icon="undo" label={t('view.undo')} shortcut="Ctrl+Z" disabled={!undo} onClick={board.session.undo} />
      <IconButton
        icon="redo"
        label={t('view.redo')}
        shortcut="Ctrl+Shift+Z"
        disabled={!redo}
        onClick={board.session.redo}
      />
    </div>
  )
}
