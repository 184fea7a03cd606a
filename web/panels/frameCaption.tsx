import type { ReactElement } from 'react'
import type { PlainText } from '../../language/page/texts.ts'
import type { FrameState } from '../../protocol/events.ts'
import { stylesOfFrame } from '../../protocol/frameOptions.ts'
import type { FrameElement } from '../../protocol/scene.ts'
import type { Board } from '../canvas/board.ts'
import type { FrameLook } from '../canvas/frameViews.ts'
import { IconButton } from '../controls/controls.tsx'
import { RadioGroup } from '../controls/radioGroup.tsx'
import { useStore } from '../store/store.ts'
import { durationText, percentText } from '../text/format.ts'
import { errorMessage, t } from '../text/t.ts'
import './frameCaption.css'

const looks: readonly { look: FrameLook; icon: 'brush' | 'beside' | 'pen'; label: PlainText }[] = [
  { look: 'painting', icon: 'brush', label: 'frame.over' },
  { look: 'beside', icon: 'beside', label: 'frame.beside' },
  { look: 'ink', icon: 'pen', label: 'frame.ink' },
]

/** What stands over a frame: its state, its prompt, and how this viewer looks at it. Below it, a line of steps while it paints. */
export function FrameCaption({ board, frame }: { board: Board; frame: FrameElement }): ReactElement {
  const states = useStore(board.session.frameStates)
  const active = useStore(board.frameViews.active) === frame.id
  const look = useStore(board.frameViews.looks).get(frame.id) ?? 'painting'
  const state = states.get(frame.id)

  function choose() {
    board.frameViews.active.set(frame.id)
    if (board.tools.current.get() === 'select') board.selection.ids.set(new Set([frame.id]))
  }

  function show(next: FrameLook) {
    board.frameViews.setLook(frame.id, next)
    if (next === 'beside') board.camera.showBeside(frame)
  }

  return (
    <div
      className="frame-chrome"
      data-active={active || undefined}
      data-state={state?.state ?? 'empty'}
      style={{ '--x': frame.x, '--y': frame.y, '--w': frame.width, '--h': frame.height } as React.CSSProperties}
    >
      <div className="caption" data-chrome>
        <button
          type="button"
          className="caption-title"
          onClick={choose}
          onDoubleClick={() => board.camera.showFrame(frame)}
        >
          <StateRing state={state} />
          <span className="caption-text">{frame.prompt || <em>{frame.name || t('frame.label')}</em>}</span>
        </button>
        <span className="caption-ms">{stateLabel(state)}</span>
        <RadioGroup className="segments" label={t('frame.look')}>
          {looks.map(one => (
            <IconButton
              key={one.look}
              icon={one.icon}
              label={t(one.label)}
              className="small"
              role="radio"
              aria-checked={look === one.look}
              onClick={() => show(one.look)}
            />
          ))}
        </RadioGroup>
      </div>
      <FrameStyles board={board} frame={frame} />
      <div className="steps" aria-hidden="true" data-running={state?.state === 'rendering' || undefined}>
        <i />
        <i />
        <i />
        <i />
      </div>
    </div>
  )
}

/** In the corner of a frame, as a signature, for everybody to see: the styles that it or a region of it is painted in, and whose they are. */
function FrameStyles({ board, frame }: { board: Board; frame: FrameElement }): ReactElement | null {
  const known = useStore(board.session.styles)
  const mixed = stylesOfFrame(frame).flatMap(({ style, weight }, at, all) => {
    const inRoom = known.get(style)
    const isFirst = all.findIndex(other => other.style === style) === at
    return inRoom && weight > 0 && isFirst ? [{ ...inRoom, weight }] : []
  })
  if (mixed.length === 0) return null
  return (
    <ul className="frame-styles" aria-label={t('frame.styles')}>
      {mixed.map(({ id, name, owner, weight, error }) => (
        <li key={id} className="style-chip" data-refused={error !== null || undefined}>
          <i className="dot" style={{ '--color': owner.color } as React.CSSProperties} />
          <span className="style-chip-name">{name}</span>
          <span className="visually-hidden">{t('frame.styleOf', { owner: owner.name })}</span>
          <span className="style-chip-weight">{percentText(weight)}</span>
        </li>
      ))}
    </ul>
  )
}

/** Short enough for a caption. */
export function stateLabel(state: FrameState | undefined): string {
  switch (state?.state) {
    case 'rendering':
      if (state.ahead) return t('frame.ahead', { count: state.ahead })
      return state.expectedMs === null
        ? t('frame.painting')
        : t('frame.paintingFor', { duration: durationText(state.expectedMs) })
    case 'fresh':
      return state.ms === null ? '' : t('frame.ms', { count: Math.round(state.ms) })
    case 'stale':
      return t(state.waitsForPen ? 'frame.waits' : 'frame.changed')
    case 'failed':
      return t('frame.failed')
    default:
      return state?.waitsForPen ? t('frame.waits') : ''
  }
}

export function StateRing({ state }: { state: FrameState | undefined }): ReactElement {
  const now = state?.state ?? 'empty'
  const label = now === 'failed' && state?.error ? errorMessage(state.error) : t(`ring.${now}`)
  return (
    <svg className="ring" data-state={now} viewBox="0 0 16 16" width="16" height="16" role="img" aria-label={label}>
      <title>{label}</title>
      <circle className="ring-track" cx="8" cy="8" r="5.5" />
      <circle className="ring-arc" cx="8" cy="8" r="5.5" pathLength="1" />
      <circle className="ring-core" cx="8" cy="8" r="2.6" />
    </svg>
  )
}
