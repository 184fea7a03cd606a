import { type ReactElement, useEffect, useRef } from 'react'
import { drawElement } from '../../protocol/draw.ts'
import type { StrokeElement } from '../../protocol/scene.ts'
import type { Board } from '../canvas/board.ts'
import { createDrawingSupport } from '../canvas/drawingSupport.ts'
import { clear, contextOf } from '../canvas/inkCanvas.ts'
import { brushOf, changeBrush, type SizedBrush } from '../canvas/toolSettings.ts'
import { Slider, Switch } from '../controls/controls.tsx'
import { useStore } from '../store/store.ts'
import { percentText } from '../text/format.ts'
import { t } from '../text/t.ts'

/** What is set rarely of the brush in hand, with a line drawn by it. */
export function BrushPanel({ board, brush }: { board: Board; brush: SizedBrush }): ReactElement {
  const stabiliser = useStore(board.tools.stabiliser)
  const straight = useStore(board.tools.straight)
  const change = (part: Partial<SizedBrush>) => changeBrush(board.tools, () => part)
  return (
    <>
      <BrushSample brush={brush} />
      <ShareSlider label={t('brush.opacity')} value={brush.opacity} onChange={opacity => change({ opacity })} />
      <ShareSlider label={t('brush.flow')} value={brush.flow} onChange={flow => change({ flow })} />
      <Switch
        label={t('brush.pressureOnSize')}
        checked={brush.pressureOnSize}
        onChange={pressureOnSize => change({ pressureOnSize })}
      />
      <Switch
        label={t('brush.pressureOnOpacity')}
        checked={brush.pressureOnOpacity}
        onChange={pressureOnOpacity => change({ pressureOnOpacity })}
      />
      <hr />
      <ShareSlider label={t('brush.stabiliser')} value={stabiliser} min={0} onChange={board.tools.stabiliser.set} />
      <Switch label={t('brush.straight')} checked={straight} onChange={board.tools.straight.set} />
    </>
  )
}

function ShareSlider(props: {
  label: string
  value: number
  min?: number
  onChange: (value: number) => void
}): ReactElement {
  const percent = Math.round(props.value * 100)
  return (
    <Slider
      label={props.label}
      value={percent}
      min={props.min ?? 1}
      max={100}
      step={1}
      shown={percentText(percent / 100)}
      onChange={value => props.onChange(value / 100)}
    />
  )
}

const sampleWidth = 268
const sampleHeight = 64

/** A line that swells and fades, drawn as strokes of this brush are. */
function BrushSample({ brush }: { brush: SizedBrush }): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const context = contextOf(canvas.current!)
    clear(context)
    context.scale(devicePixelRatio, devicePixelRatio)
    const color = getComputedStyle(context.canvas).color
    drawElement(context, sampleStroke(brush), createDrawingSupport({ get: () => undefined }))
    // In the color of the text around it, light or dark.
    context.globalCompositeOperation = 'source-in'
    context.fillStyle = color
    context.fillRect(0, 0, sampleWidth, sampleHeight)
    context.globalCompositeOperation = 'source-over'
  })
  return (
    <canvas
      ref={canvas}
      className="brush-sample"
      width={sampleWidth * devicePixelRatio}
      height={sampleHeight * devicePixelRatio}
      role="img"
      aria-label={t('brush.sample')}
    />
  )
}

function sampleStroke(brush: SizedBrush): StrokeElement {
  const count = 48
  const points = Array.from({ length: count }, (_, index) => {
    const t = index / (count - 1)
    const x = 24 + t * (sampleWidth - 48)
    return [x, sampleHeight / 2 - 14 * Math.sin(2 * Math.PI * t), Math.sin(Math.PI * t)]
  })
  return {
    ...{ id: '', author: '', z: '', removed: false, kind: 'stroke', color: '#000000', erases: false, done: true },
    ...{ x: 0, y: 0, scaleX: 1, scaleY: 1, pressure: true },
    size: Math.min(brush.size, 34),
    points: points.flat(),
    ...brushOf(brush),
  }
}
