import { type ReactElement, useEffect, useState } from 'react'
import type { Board } from '../canvas/board.ts'
import { useStore } from '../store/store.ts'
import { t } from '../text/t.ts'
import { stateLabel } from './frameCaption.tsx'

/** The frames as text, for those who hear the page rather than see it; new pictures are announced, at a calm pace. */
export function FrameList({ board }: { board: Board }): ReactElement {
  const frames = useStore(board.session.frames)
  const states = useStore(board.session.frameStates)
  return (
    <nav className="visually-hidden" aria-label={t('frames.label')}>
      <ul>
        {frames.map(frame => (
          <li key={frame.id}>
            <button
              type="button"
              onClick={() => {
                board.frameViews.active.set(frame.id)
                board.camera.showFrame(frame)
              }}
            >
              {frame.name}: {frame.prompt || t('frames.noPrompt')}. {stateLabel(states.get(frame.id))}
            </button>
          </li>
        ))}
      </ul>
      <Announcements board={board} />
    </nav>
  )
}

/** Live painting brings several pictures a second; nobody wants to hear of each. */
const announceAfterMs = 1_500

function Announcements({ board }: { board: Board }): ReactElement {
  const [announcement, setAnnouncement] = useState('')
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = board.session.paintings.subscribe(frameId => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        const frame = board.session.frames.get().find(one => one.id === frameId)
        if (frame) setAnnouncement(t('frames.newPicture', { prompt: frame.prompt || frame.name }))
      }, announceAfterMs)
    })
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [board])
  return <p aria-live="polite">{announcement}</p>
}
