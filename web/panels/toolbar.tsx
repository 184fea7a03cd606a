import { type ReactElement, useRef, useState } from 'react'
import type { PlainText } from '../../language/page/texts.ts'
import type { Board } from '../canvas/board.ts'
import { coloringTools, type ToolName } from '../canvas/toolNames.ts'
import { changeBrush } from '../canvas/toolSettings.ts'
import { IconButton } from '../controls/controls.tsx'
import type { IconName } from '../controls/icons.tsx'
import { RadioGroup } from '../controls/radioGroup.tsx'
import { Segments } from '../controls/segments.tsx'
import { Swatch } from '../controls/swatch.tsx'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import { BrushOptions } from './brushOptions.tsx'
import { ColorButtons, PalettePanel } from './colors.tsx'
import { bringFiles } from './exporting/bringFiles.ts'
import { FillOptions } from './fillOptions.tsx'
import './dock.css'
import './toolbar.css'

const buttons: readonly {
  tool: Exclude<ToolName, 'eyedropper' | 'gradient' | 'frame' | 'region' | 'laser'>
  icon: IconName
  shortcut: string
}[] = [
  { tool: 'select', icon: 'select', shortcut: 'V' },
  { tool: 'hand', icon: 'hand', shortcut: 'H' },
  { tool: 'pen', icon: 'pen', shortcut: 'P' },
  { tool: 'eraser', icon: 'eraser', shortcut: 'E' },
  { tool: 'rectangle', icon: 'rectangle', shortcut: 'R' },
  { tool: 'ellipse', icon: 'ellipse', shortcut: 'O' },
  { tool: 'fill', icon: 'fill', shortcut: 'G' },
]

const takesColor = (tool: ToolName): boolean => coloringTools.has(tool) || tool === 'eyedropper'

export function Toolbar({ board }: { board: Board }): ReactElement {
  const tool = useStore(board.tools.current)
  const [paletteOpen, setPaletteOpen] = useState(false)
  return (
    <>
      {paletteOpen && takesColor(tool) && <PalettePanel board={board} />}
      <BrushBar board={board} paletteOpen={paletteOpen} togglePalette={() => setPaletteOpen(!paletteOpen)} />
      <div className="toolbar panel" role="toolbar" aria-label={t('tools.label')}>
        {buttons.map(button => (
          <IconButton
            key={button.tool}
            className={`tool-${button.tool}`}
            icon={button.icon}
            label={t(`tool.${button.tool}`)}
            shortcut={button.shortcut}
            pressed={tool === button.tool || (button.tool === 'fill' && tool === 'gradient')}
            onClick={() => board.tools.current.set(button.tool)}
          />
        ))}
        <ImageButton board={board} />
        <span className="divider" />
        <IconButton
          className="frame-tool"
          icon="frame"
          label={t('tool.frame')}
          shortcut="F"
          pressed={tool === 'frame'}
          onClick={() => board.tools.current.set('frame')}
        />
        <IconButton
          className="region-tool"
          icon="region"
          label={t('tool.region')}
          shortcut="M"
          pressed={tool === 'region'}
          onClick={() => board.tools.current.set('region')}
        />
      </div>
    </>
  )
}

function ImageButton({ board }: { board: Board }): ReactElement {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <IconButton
        icon="image"
        label={t('tool.image')}
        shortcut="U"
        onClick={() => input.current?.click()}
        data-image-button=""
      />
      <input
        ref={input}
        type="file"
        accept="image/png,image/jpeg,image/webp"
        multiple
        hidden
        onChange={event => {
          const files = [...(event.target.files ?? [])]
          event.target.value = ''
          void bringFiles(board, files)
        }}
      />
    </>
  )
}

/** Ten colors that stand well beside each other: ink, earth, sun, leaf, sky, dusk, paper. */
const swatches: readonly { color: string; name: PlainText }[] = [
  { color: '#1f2430', name: 'color.ink' },
  { color: '#7d8590', name: 'color.stone' },
  { color: '#ffffff', name: 'color.paper' },
  { color: '#8a5a3b', name: 'color.earth' },
  { color: '#d64534', name: 'color.red' },
  { color: '#ee8a2a', name: 'color.orange' },
  { color: '#f6c945', name: 'color.sun' },
  { color: '#3f9b5b', name: 'color.leaf' },
  { color: '#3b82d6', name: 'color.sky' },
  { color: '#7c54b8', name: 'color.violet' },
]

const maxSliderSize = 120
/** Small sizes get most of the slider: where 2 and 4 differ much, 102 and 104 do not. */
const toSlider = (size: number) => Math.sqrt((size - 1) / (maxSliderSize - 1)) * 100
const fromSlider = (value: number) => Math.round(1 + (maxSliderSize - 1) * (value / 100) ** 2)

function BrushBar(props: { board: Board; paletteOpen: boolean; togglePalette: () => void }): ReactElement | null {
  const { board, paletteOpen, togglePalette } = props
  const tool = useStore(board.tools.current)
  const brush = useStore(board.tools.brush)
  const eraser = useStore(board.tools.eraser)
  const filled = useStore(board.tools.filled)
  if (!takesColor(tool) && tool !== 'eraser') return null
  const erases = tool === 'eraser'
  const isShape = tool === 'rectangle' || tool === 'ellipse'
  const { size } = erases ? eraser : brush
  const setSize = (next: number) => changeBrush(board.tools, () => ({ size: next }))
  const setColor = (color: string) => board.tools.brush.update(before => ({ ...before, color }))
  return (
    <fieldset className="brush-bar panel" aria-label={t('brush.label')}>
      {!erases && (
        <RadioGroup className="swatches" label={t('brush.color')}>
          {swatches.map(({ color, name }) => (
            <Swatch key={color} color={color} name={t(name)} chosen={brush.color === color} onChoose={setColor} />
          ))}
          <label className="swatch any" data-checked={!swatches.some(one => one.color === brush.color) || undefined}>
            <span className="visually-hidden">{t('brush.anyColor')}</span>
            <input type="color" value={brush.color} onChange={event => setColor(event.target.value)} />
          </label>
        </RadioGroup>
      )}
      {!erases && <ColorButtons board={board} open={paletteOpen} onToggle={togglePalette} />}
      {isShape && (
        <Segments
          label={t('brush.shape')}
          value={filled}
          segments={[
            { value: true, icon: 'ellipse', label: t('brush.filled'), look: 'solid' },
            { value: false, icon: 'ellipse', label: t('brush.outline') },
          ]}
          onChoose={board.tools.filled.set}
        />
      )}
      {(tool === 'fill' || tool === 'gradient') && <FillOptions board={board} />}
      {tool !== 'fill' && tool !== 'gradient' && (
        <label className="size">
          <span className="visually-hidden">{t('brush.size')}</span>
          <span className="size-dot" style={{ '--size': `${Math.min(26, 3 + size / 4)}px` } as React.CSSProperties} />
          <input
            type="range"
            min={0}
            max={100}
            value={toSlider(Math.min(size, maxSliderSize))}
            aria-valuetext={t('brush.units', { count: size })}
            style={{ '--filled': `${toSlider(Math.min(size, maxSliderSize))}%` } as React.CSSProperties}
            onChange={event => setSize(fromSlider(event.target.valueAsNumber))}
          />
          <output>{size}</output>
        </label>
      )}
      {(erases || tool === 'pen') && <BrushOptions board={board} brush={erases ? eraser : brush} />}
    </fieldset>
  )
}
