import type { ReactElement } from 'react'
import type { Board } from '../canvas/board.ts'
import { Segments } from '../controls/segments.tsx'
import { useStore } from '../store/store.ts'
import { percentText } from '../text/format.ts'
import { t } from '../text/t.ts'
import './fillOptions.css'

/** Whether an area is filled or the paper is shaded, and how: up to which difference in color, or towards which color. */
export function FillOptions({ board }: { board: Board }): ReactElement {
  const tool = useStore(board.tools.current)
  return (
    <>
      <Segments
        label={t('fill.label')}
        value={tool}
        segments={[
          { value: 'fill', icon: 'fill', label: t('fill.area'), shortcut: 'G' },
          { value: 'gradient', icon: 'gradient', label: t('fill.paper'), shortcut: 'Shift+G' },
        ]}
        onChoose={board.tools.current.set}
      />
      {tool === 'gradient' ? <SecondColor board={board} /> : <Tolerance board={board} />}
    </>
  )
}

const maxTolerance = 128

function Tolerance({ board }: { board: Board }): ReactElement {
  const tolerance = useStore(board.tools.tolerance)
  const percent = Math.round((Math.min(tolerance, maxTolerance) / maxTolerance) * 100)
  return (
    <label className="size tolerance">
      <span aria-hidden="true">{t('fill.tolerance')}</span>
      <input
        type="range"
        min={0}
        max={maxTolerance}
        aria-label={t('fill.tolerance')}
        value={tolerance}
        aria-valuetext={percentText(percent / 100)}
        style={{ '--filled': `${percent}%` } as React.CSSProperties}
        onChange={event => board.tools.tolerance.set(event.target.valueAsNumber)}
      />
      <output>{percent}</output>
    </label>
  )
}

function SecondColor({ board }: { board: Board }): ReactElement {
  const second = useStore(board.tools.secondColor)
  const fades = useStore(board.tools.fades)
  const { color } = useStore(board.tools.brush)
  const to = fades ? 'transparent' : second
  return (
    <div className="gradient-colors">
      <span className="gradient-sample" style={{ '--from': color, '--to': to } as React.CSSProperties} />
      <label
        className="swatch any second-color"
        data-checked={fades ? undefined : ''}
        style={{ '--color': second } as React.CSSProperties}
      >
        <span className="visually-hidden">{t('fill.second')}</span>
        <input
          type="color"
          value={second}
          onClick={() => board.tools.fades.set(false)}
          onChange={event => board.tools.secondColor.set(event.target.value)}
        />
      </label>
      <button
        type="button"
        className="swatch fading"
        aria-label={t('fill.fade')}
        data-tip={t('fill.fade')}
        aria-pressed={fades}
        data-checked={fades ? '' : undefined}
        onClick={() => board.tools.fades.set(!fades)}
      />
    </div>
  )
}
