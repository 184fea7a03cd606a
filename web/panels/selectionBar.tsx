import type { ReactElement } from 'react'
import type { Board } from '../canvas/board.ts'
import { copyPicture } from '../canvas/copyPicture.ts'
import { angleStep } from '../canvas/tools/rotate.ts'
import { IconButton } from '../controls/controls.tsx'
import { Segments } from '../controls/segments.tsx'
import { useStore } from '../store/store.ts'
import './dock.css'

/** What can be done with what is selected. */
export function SelectionBar({ board }: { board: Board }): ReactElement | null {
  const selection = useStore(board.selection.ids)
  const tool = useStore(board.tools.current)
  if (tool !== 'select') return null
  return (
    <div className="selection-bar panel" role="toolbar" aria-label="Selection">
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
      label="Select by"
      value={catches}
      segments={[
        { value: 'box', icon: 'box', label: 'Select with a box', shortcut: 'V' },
        { value: 'lasso', icon: 'lasso', label: 'Select with a lasso', shortcut: 'L' },
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
        label="Paint a part of it"
        shortcut="M"
        onClick={() => board.tools.current.set('region')}
      />
      <IconButton
        icon="extend"
        label="Drag an edge to paint on"
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
      <span className="count">{size === 1 ? '1 thing' : `${size} things`}</span>
      <span className="divider" />
      <IconButton
        icon="turnLeft"
        label="Turn to the left"
        shortcut="Q"
        onClick={() => board.selection.turn(-angleStep)}
      />
      <IconButton
        icon="turnRight"
        label="Turn to the right"
        shortcut="W"
        onClick={() => board.selection.turn(angleStep)}
      />
      <FrameButtons board={board} />
      <IconButton icon="front" label="Bring to front" shortcut="Ctrl+]" onClick={board.selection.toFront} />
      <IconButton icon="back" label="Send to back" shortcut="Ctrl+[" onClick={board.selection.toBack} />
      <IconButton icon="duplicate" label="Duplicate" shortcut="Ctrl+D" onClick={board.selection.duplicate} />
      <IconButton
        icon="image"
        label="Copy as PNG"
        shortcut="Ctrl+Shift+C"
        onClick={() => void copyPicture(board, 'PNG')}
      />
      <IconButton icon="vector" label="Copy as SVG" onClick={() => void copyPicture(board, 'SVG')} />
      <IconButton icon="trash" label="Delete" shortcut="Delete" onClick={board.selection.remove} />
    </>
  )
}
