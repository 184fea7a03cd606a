import type { ReactElement } from 'react'
import type { Board } from '../canvas/board.ts'
import { IconButton } from '../controls/controls.tsx'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import './viewBar.css'

/** Undo, redo and the zoom, in the quiet corner. */
export function ViewBar({ board, canEdit }: { board: Board; canEdit: boolean }): ReactElement {
  const { zoom } = useStore(board.viewport.view)
  const tool = useStore(board.tools.current)
  return (
    <fieldset className="view-bar" aria-label="View">
      {canEdit && <UndoButtons board={board} />}
      <div className="zoom-buttons panel">
        <IconButton icon="minus" label="Zoom out" shortcut="-" onClick={() => board.viewport.zoomBy(1 / 1.25)} />
        <button
          type="button"
          className="zoom"
          aria-label={`Zoom ${Math.round(zoom * 100)} percent; back to 100`}
          onClick={() => board.viewport.zoomBy(1 / zoom)}
        >
          {Math.round(zoom * 100)}%
        </button>
        <IconButton icon="plus" label="Zoom in" shortcut="+" onClick={() => board.viewport.zoomBy(1.25)} />
        <IconButton icon="fit" label="Show everything" shortcut="Shift+1" onClick={() => board.camera.showAll()} />
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
      <IconButton icon="undo" label="Undo" shortcut="Ctrl+Z" disabled={!undo} onClick={board.session.undo} />
      <IconButton icon="redo" label="Redo" shortcut="Ctrl+Shift+Z" disabled={!redo} onClick={board.session.redo} />
    </div>
  )
}
