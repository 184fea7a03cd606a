import { type ReactElement, useEffect, useRef, useState } from 'react'
import { drawPaper } from '../../protocol/draw.ts'
import type { FrameElement } from '../../protocol/scene.ts'
import type { Board } from '../canvas/board.ts'
import { contextOf } from '../canvas/inkCanvas.ts'
import { t } from '../text/t.ts'
import { placeOf } from './place.ts'

/** Pixels along the longer side: as many as a painting has, which scales as smoothly. */
const backingPixels = 1024

/** What lies under a frame's ink, drawn as the model sees it. White needs no canvas. */
export function Paper({ board, frame }: { board: Board; frame: FrameElement }): ReactElement | null {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { paper, width, height } = frame
  const [loaded, setLoaded] = useState(0)
  useEffect(() => board.images.subscribe(() => setLoaded(count => count + 1)), [board])
  // biome-ignore lint/correctness/useExhaustiveDependencies: an image that has come is drawn
  useEffect(() => {
    if (!canvas.current || !paper) return
    const scale = backingPixels / Math.max(width, height)
    canvas.current.width = Math.round(width * scale)
    canvas.current.height = Math.round(height * scale)
    const context = contextOf(canvas.current)
    context.imageSmoothingQuality = 'high'
    context.scale(canvas.current.width / width, canvas.current.height / height)
    drawPaper<CanvasImageSource>(context, { paper, x: 0, y: 0, width, height }, board.images.get)
  }, [board, paper, width, height, loaded])
  if (!paper) return null
  return <canvas ref={canvas} className="paper" style={placeOf(frame)} role="img" aria-label={t('stage.paper')} />
}
