import { type ReactElement, useEffect, useId, useRef, useState } from 'react'
import { limits } from '../../../protocol/limits.ts'
import { loadHistory } from '../../canvas/replay/history.ts'
import { openReplay, type Replay } from '../../canvas/replay/replay.ts'
import { IconButton, Sheet } from '../../controls/controls.tsx'
import { RadioGroup } from '../../controls/radioGroup.tsx'
import { messageFor } from '../../room/http.ts'
import type { RoomSession } from '../../room/session.ts'
import { useStore } from '../../store/store.ts'
import { percentText, timeText } from '../../text/format.ts'
import { t } from '../../text/t.ts'
import { ClipButton } from './clipButton.tsx'
import { usePlayback } from './playback.ts'
import './sheet.css'

/** Seconds from beginning to end, of the replay and of its clip. */
const lengths = [5, 15, 30] as const
type Length = (typeof lengths)[number]

type Opening =
  | { readonly type: 'loading'; readonly share: number }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'ready'; readonly replay: Replay }

/** How the room was drawn, as a time-lapse, to look at and to keep. */
export function ReplaySheet({ session, onClose }: { session: RoomSession; onClose: () => void }): ReactElement {
  const room = useStore(session.entered)?.id
  const opening = useReplay(room)
  return (
    <Sheet title={t('replay.title')} onClose={onClose} className="replay-sheet">
      {opening.type === 'loading' && (
        <p className="replay-loading" aria-live="polite">
          {t('replay.loading', { percent: percentText(opening.share) })}
        </p>
      )}
      {opening.type === 'failed' && (
        <p className="problem" role="alert">
          {opening.message}
        </p>
      )}
      {opening.type === 'ready' &&
        (opening.replay.count === 0 ? (
          <p className="replay-loading">{t('replay.nothing')}</p>
        ) : (
          <ReplayView replay={opening.replay} session={session} />
        ))}
    </Sheet>
  )
}

/** The colour of the desk, as it is now. */
const deskColor = (): string => getComputedStyle(document.documentElement).backgroundColor

/** How much of the waiting is for what was drawn; the rest is for the pictures. */
const historyShare = 0.6

function useReplay(room: string | undefined): Opening {
  const [opening, setOpening] = useState<Opening>({ type: 'loading', share: 0 })
  useEffect(() => {
    if (room === undefined) return
    const loading = new AbortController()
    const { signal } = loading
    const show = (next: Opening) => !signal.aborted && setOpening(next)
    async function load(): Promise<void> {
      const history = await loadHistory(room!, {
        signal,
        onProgress: share => show({ type: 'loading', share: share * historyShare }),
      })
      const replay = await openReplay(history, {
        ...{ signal, desk: deskColor },
        onProgress: share => show({ type: 'loading', share: historyShare + share * (1 - historyShare) }),
      })
      show({ type: 'ready', replay })
    }
    load().catch((error: unknown) => !signal.aborted && setOpening({ type: 'failed', message: messageFor(error) }))
    return () => loading.abort()
  }, [room])
  return opening
}

function ReplayView({ replay, session }: { replay: Replay; session: RoomSession }): ReactElement {
  const [seconds, setSeconds] = useState<Length>(15)
  const canvas = useRef<HTMLCanvasElement>(null)
  const controls = useRef<HTMLDivElement>(null)
  // The space bar stops and goes on from the first moment.
  useEffect(() => controls.current?.querySelector('button')?.focus({ preventScroll: true }), [])
  const playback = usePlayback(replay, canvas, seconds)
  const name = useStore(session.name)
  const { isPlaying, toggle } = playback
  const at = replay.timeAt(playback.share)
  const shownAt = at === null ? '' : timeText(at, { dateStyle: 'medium', timeStyle: 'short' })
  return (
    <div className="replay">
      <div className="replay-screen">
        <canvas ref={canvas} role="img" aria-label={t('replay.of', { name })} onClick={toggle} />
      </div>
      <div ref={controls} className="replay-controls">
        <IconButton
          icon={isPlaying ? 'pause' : 'play'}
          label={t(isPlaying ? 'replay.pause' : 'replay.play')}
          className="replay-play"
          onClick={toggle}
        />
        <Position share={playback.share} shownAt={shownAt} onChange={playback.goTo} />
        <time className="replay-time">{shownAt}</time>
      </div>
      <div className="replay-choices">
        <RadioGroup label={t('replay.length')} className="replay-lengths">
          {lengths.map(length => (
            // biome-ignore lint/a11y/useSemanticElements: a choice is a button that belongs to a radio group
            <button
              key={length}
              type="button"
              className="button"
              role="radio"
              aria-checked={length === seconds}
              onClick={() => setSeconds(length)}
            >
              {t('replay.seconds', { count: length })}
            </button>
          ))}
        </RadioGroup>
        <ClipButton replay={replay} seconds={seconds} name={name} />
      </div>
      <Missing replay={replay} />
    </div>
  )
}

function Position(props: { share: number; shownAt: string; onChange: (share: number) => void }): ReactElement {
  const id = useId()
  const steps = 1_000
  return (
    <div className="replay-position">
      <label htmlFor={id} className="visually-hidden">
        {t('replay.position')}
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={steps}
        step={steps / 100}
        value={Math.round(props.share * steps)}
        aria-valuetext={props.shownAt}
        style={{ '--filled': `${props.share * 100}%` } as React.CSSProperties}
        onChange={event => props.onChange(event.target.valueAsNumber / steps)}
      />
    </div>
  )
}

/** What a replay cannot show, and what it shows otherwise than it was. */
function Missing({ replay }: { replay: Replay }): ReactElement {
  const { startsLate, hasOldPictures, lost } = replay
  return (
    <p className="hint">
      {t('replay.pauses')}
      {startsLate !== null && ` ${t('replay.begins', { date: timeText(startsLate, { dateStyle: 'medium' }) })}`}
      {hasOldPictures && ` ${t('replay.pictures', { max: limits.maxResultsPerFrame })}`}
      {lost > 0 && ` ${t('replay.lost', { count: lost })}`}
    </p>
  )
}
