import type { ReactElement, ReactNode } from 'react'
import type { Board } from '../canvas/board.ts'
import { swapColors } from '../canvas/toolSettings.ts'
import { IconButton } from '../controls/controls.tsx'
import { RadioGroup } from '../controls/radioGroup.tsx'
import { Swatch } from '../controls/swatch.tsx'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import './colors.css'

/** Beside the brush's colors: takes a color from the canvas, and opens the others. */
export function ColorButtons(props: { board: Board; open: boolean; onToggle: () => void }): ReactElement {
  const { board, open, onToggle } = props
  const tool = useStore(board.tools.current)
  const isInHand = tool === 'eyedropper'
  const second = useStore(board.tools.secondColor)
  const { color } = useStore(board.tools.brush)
  return (
    <div className="color-buttons">
      <button
        type="button"
        className="icon-button small color-pair"
        aria-label={t('colors.swap')}
        aria-keyshortcuts="X"
        data-tip={`${t('colors.swap')} · X`}
        onClick={() => swapColors(board.tools)}
      >
        {[second, color].map((shown, index) => (
          <i key={index === 0 ? 'second' : 'first'} style={{ '--color': shown } as React.CSSProperties} />
        ))}
      </button>
      <IconButton
        icon="eyedropper"
        className="small"
        label={t('colors.pick')}
        shortcut="I"
        pressed={isInHand}
        onClick={isInHand ? board.eyedropper.putDown : board.eyedropper.takeUp}
      />
      <IconButton icon="palette" className="small" label={t('colors.palette')} pressed={open} onClick={onToggle} />
    </div>
  )
}

/** Colors that I have used, and those that the people of the room have put aside for each other. */
export function PalettePanel({ board }: { board: Board }): ReactElement {
  const { session } = board
  const recent = useStore(board.recentColors.colors)
  const palette = useStore(session.palette)
  const { color } = useStore(board.tools.brush)
  const isInPalette = palette.includes(color)
  return (
    <fieldset className="palette panel" aria-label={t('colors.palette')}>
      <ColorRow board={board} label={t('colors.recent')} colors={recent} hint={t('colors.recentHint')} />
      <ColorRow board={board} label={t('colors.room')} colors={palette} hint={t('colors.roomHint')}>
        <IconButton
          icon={isInPalette ? 'minus' : 'plus'}
          className="small"
          label={t(isInPalette ? 'colors.remove' : 'colors.add')}
          onClick={() => (isInPalette ? session.removeColor(color) : session.addColor(color))}
        />
      </ColorRow>
    </fieldset>
  )
}

function ColorRow(props: {
  board: Board
  label: string
  colors: readonly string[]
  /** Stands where there is no color yet. */
  hint: string
  children?: ReactNode
}): ReactElement {
  const { board, label, colors, hint, children } = props
  const { color: current } = useStore(board.tools.brush)
  const choose = (color: string) => board.tools.brush.update(before => ({ ...before, color }))
  return (
    <div className="palette-row">
      <span className="palette-label">{label}</span>
      {colors.length === 0 && <span className="hint">{hint}</span>}
      <RadioGroup className="swatches" label={label}>
        {colors.map(color => (
          <Swatch key={color} color={color} name={color} chosen={color === current} onChoose={choose} />
        ))}
      </RadioGroup>
      {children}
    </div>
  )
}
