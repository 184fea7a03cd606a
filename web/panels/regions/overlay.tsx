import { type ReactElement, useEffect, useReducer, useState } from 'react'
import type { FrameElement } from '../../../protocol/scene.ts'
import type { Board } from '../../canvas/board.ts'
import { pathOf, regionDraft } from '../../canvas/regions/draft.ts'
import { chosenRegion, regionsOf } from '../../canvas/regions/frameRegions.ts'
import { createOutlines, type Outlines, pathOfRings, topOf } from '../../canvas/regions/outlines.ts'
import { harmlessTools } from '../../canvas/toolNames.ts'
import { useStore } from '../../store/store.ts'
import { t } from '../../text/t.ts'
import './overlay.css'

/** Quiet outlines of the parts of frames that have words of their own, and of the part that is being chosen here. */
export function RegionsOverlay({ board }: { board: Board }): ReactElement {
  const frames = useStore(board.session.frames)
  const [outlines] = useState(() => createOutlines(board.images))
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => board.images.subscribe(redraw), [board.images])
  return (
    <>
      {frames.map(frame => (
        <FrameRegions key={frame.id} board={board} frame={frame} outlines={outlines} />
      ))}
    </>
  )
}

function FrameRegions(props: { board: Board; frame: FrameElement; outlines: Outlines }): ReactElement | null {
  const { board, frame, outlines } = props
  const draft = useStore(regionDraft)
  const chosen = useStore(chosenRegion)
  const isDrawing = !harmlessTools.has(useStore(board.tools.current))
  const regions = regionsOf(frame)
  const pieces = draft?.frameId === frame.id ? draft.pieces : []
  if (regions.length + pieces.length === 0) return null
  const { width, height } = frame
  const isChosen = (index: number) => chosen?.frameId === frame.id && chosen.index === index

  function choose(index: number): void {
    board.frameViews.active.set(frame.id)
    chosenRegion.set(isChosen(index) ? null : { frameId: frame.id, index })
  }

  return (
    <div
      className="frame-regions"
      data-drawing={isDrawing || undefined}
      style={{ left: frame.x, top: frame.y, width, height }}
    >
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
        {regions.map(({ mask }, index) => (
          <path
            // biome-ignore lint/suspicious/noArrayIndexKey: a region is known by its place alone
            key={index}
            className="region-line"
            data-chosen={isChosen(index) || undefined}
            d={pathOfRings(outlines.of(mask) ?? [], frame)}
          />
        ))}
        {pieces.length > 0 && (
          <g className="region-draft" data-painted={draft?.isPainted}>
            {pieces.map((piece, index) => (
              <path
                // biome-ignore lint/suspicious/noArrayIndexKey: pieces are only added at the end
                key={index}
                d={pathOf(piece)}
                {...(piece.type === 'brush' && { strokeWidth: piece.width })}
                data-type={piece.type}
              />
            ))}
          </g>
        )}
      </svg>
      {regions.map(({ mask, prompt }, index) => {
        const at = topOf(outlines.of(mask) ?? [])
        return (
          <button
            // biome-ignore lint/suspicious/noArrayIndexKey: a region is known by its place alone
            key={index}
            type="button"
            className="region-tag"
            data-chrome
            aria-pressed={isChosen(index)}
            aria-label={t('region.named', { prompt: prompt || t('region.noWords') })}
            style={{ left: at.x * width, top: at.y * height }}
            onClick={() => choose(index)}
          >
            <span>{prompt || '…'}</span>
          </button>
        )
      })}
    </div>
  )
}
