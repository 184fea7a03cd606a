import { type ReactElement, useEffect, useEffectEvent, useRef } from 'react'
import type { Board } from '../../canvas/board.ts'
import { IconButton } from '../../controls/controls.tsx'
import { type FirstRoom, firstRoom } from '../../store/firstSteps.ts'
import { notify } from '../../store/toasts.ts'
import { t } from '../../text/t.ts'
import { shareOpen } from '../shareOpen.ts'
import { type FirstStepsEvent, firstSteps, next, type Seen, stepOf } from './steps.ts'
import './hints.css'

/** In a newcomer's first room: one hint at a time, which goes as soon as the thing is done. */
export function FirstSteps({ board, room }: { board: Board; room: FirstRoom }): ReactElement | null {
  const step = stepOf(room)
  useSeen(board)
  if (step === null) return null
  return (
    <div className="first-steps panel" data-step={step} data-chrome>
      <p role="status">{t(`firstSteps.${step}`)}</p>
      <div className="first-steps-row">
        <span className="first-steps-dots" aria-hidden="true">
          {firstSteps.map(one => (
            <i key={one} data-done={room.done.includes(one) || undefined} data-now={one === step || undefined} />
          ))}
        </span>
        <button type="button" className="button quiet" onClick={() => dispatch({ type: 'skipped', step })}>
          {t('firstSteps.skip')}
        </button>
        <IconButton
          icon="close"
          className="small"
          label={t('firstSteps.close')}
          onClick={() => dispatch({ type: 'allSkipped' })}
        />
      </div>
    </div>
  )
}

function dispatch(event: FirstStepsEvent): void {
  const before = firstRoom.get()
  if (before === null) return
  const after = next(before, event)
  firstRoom.set(after)
  if (event.type === 'seen' && stepOf(before) !== null && stepOf(after) === null) notify(t('firstSteps.done'))
}

/** Looks at the room whenever something in it has changed. */
function useSeen(board: Board): void {
  const { session } = board
  const before = useRef<Seen | null>(null)
  const look = useEffectEvent(() => {
    const now = seenIn(board)
    dispatch({ type: 'seen', before: before.current, now })
    before.current = now
  })
  useEffect(() => {
    look()
    const stores = [session.frames, session.frameStates, session.undoable, session.people, shareOpen]
    const stops = [session.onChange(look), ...stores.map(store => store.subscribe(look))]
    return () => {
      for (const stop of stops) stop()
    }
  }, [session])
}

function seenIn({ session }: Board): Seen {
  const me = session.entered.get()?.you.id
  const mine = session.elements.filter(({ author }) => author === me)
  const strokes = mine.filter(element => element.kind === 'stroke' && element.done)
  const others = mine.filter(({ kind }) => kind === 'rectangle' || kind === 'ellipse' || kind === 'area')
  const erasures = strokes.filter(stroke => stroke.kind === 'stroke' && stroke.erases).length
  const frames = session.frames.get()
  return {
    hasFrame: frames.length > 0,
    hasWords: frames.some(({ prompt }) => prompt.trim() !== ''),
    isPainted: [...session.frameStates.get().values()].some(({ state, painted }) => state === 'fresh' && painted),
    inks: strokes.length - erasures + others.length,
    erasures,
    hasUndone: session.undoable.get().redo,
    hasInvited: shareOpen.get() || session.people.get().length > 1,
  }
}
