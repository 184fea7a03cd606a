import type { ReactElement } from 'react'
import type { Board } from '../canvas/board.ts'
import { IconButton } from '../controls/controls.tsx'
import { useStore } from '../store/store.ts'

/** What can be done with what is selected. */
export function SelectionBar({ board }: { board: Board }): ReactElement | null {
  const selection = useStore(board.selection.ids)
  const tool = useStore(board.tools.current)
  if (tool !== 'select' || selection.size === 0) return null
  return (
    <div className="selection-bar panel" role="toolbar" aria-label="Selection">
      <span className="count">{selection.size === 1 ? '1 thing' : `${selection.size} things`}</span>
      <span className="divider" />
      <IconButton icon="front" label="Bring to front" shortcut="Ctrl+]" onClick={board.selection.toFront} />
      <IconButton icon="back" label="Send to back" shortcut="Ctrl+[" onClick={board.selection.toBack} />
      <IconButton icon="duplicate" label="Duplicate" shortcut="Ctrl+D" onClick={board.selection.duplicate} />
      <IconButton icon="trash" label="Delete" shortcut="Delete" onClick={board.selection.remove} />
    </div>
  )
}
