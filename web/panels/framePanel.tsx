import { type ReactElement, Suspense, useEffect, useState } from 'react'
import type { FrameState } from '../../protocol/events.ts'
import type { Change, FrameElement } from '../../protocol/scene.ts'
import type { Board } from '../canvas/board.ts'
import { IconButton, Switch } from '../controls/controls.tsx'
import { Icon } from '../controls/icons.tsx'
import { later } from '../controls/later.ts'
import { useStore } from '../store/store.ts'
import { durationText } from '../text/format.ts'
import { errorMessage, t } from '../text/t.ts'
import { Filmstrip } from './filmstrip.tsx'
import { StateRing, stateLabel } from './frameCaption.tsx'
import { LayersRow } from './layers/row.tsx'
import { PaperRow } from './paperRow.tsx'
import { Prompt } from './prompt.tsx'
import { styledFrame } from './styles/frame.ts'
import { StyleMix } from './styles/mix.tsx'
import './framePanel.css'

const SendSheet = later(async () => (await import('./sending/sheet.tsx')).SendSheet)
const StreamSheet = later(async () => (await import('./streamSheet.tsx')).StreamSheet)
const Tuning = later(async () => (await import('./tuning.tsx')).Tuning)

/** The active frame: what it shall become, how, and what it has been. On a phone it is a sheet that opens upwards. */
export function FramePanel({ board, canEdit }: { board: Board; canEdit: boolean }): ReactElement | null {
  const active = useStore(board.frameViews.active)
  const frames = useStore(board.session.frames)
  const states = useStore(board.session.frameStates)
  const [tuning, setTuning] = useState(false)
  const [isStreaming, setStreaming] = useState(false)
  const [isSending, setSending] = useState(false)
  const canSend = useStore(board.session.entered)?.canSend ?? false
  const frame = frames.find(one => one.id === active)
  useLinkedFrame(board, frame)
  if (!frame) return null
  const state = states.get(frame.id)

  function change(fields: Change) {
    const name = Object.keys(fields).join()
    board.session.operate([{ type: 'change', id: frame!.id, change: fields }], `${frame!.id} ${name}`)
  }

  return (
    <aside className="frame-panel panel" aria-label={t('panel.label')} data-tuning={tuning || undefined} key={frame.id}>
      <header>
        <StateRing state={state} />
        <span className="frame-state">{stateText(state)}</span>
        <IconButton
          icon="sliders"
          className="small"
          label={t(tuning ? 'panel.fewer' : 'panel.more')}
          pressed={tuning}
          onClick={() => setTuning(!tuning)}
        />
        {canEdit && (
          <IconButton icon="cast" className="small" label={t('stream.label')} onClick={() => setStreaming(true)} />
        )}
        <IconButton
          icon="close"
          className="small"
          label={t('close')}
          onClick={() => board.frameViews.active.set(null)}
        />
      </header>
      <Prompt board={board} frame={frame} canEdit={canEdit} />
      {canEdit && <PaperRow board={board} frame={frame} />}
      {canEdit && <LayersRow board={board} frame={frame} />}
      <StyleMix board={board} label={t('mix.label')} part={styledFrame(board, frame)} canEdit={canEdit} />
      {canEdit && (
        <div className="paint-row">
          <Switch label={t('panel.live')} checked={frame.live} onChange={live => change({ live })} />
          {canSend && <IconButton icon="send" label={t('send.label')} onClick={() => setSending(true)} />}
          <PaintButton board={board} frame={frame} state={state} />
        </div>
      )}
      <Expectation frame={frame} state={state} />
      <Suspense>{tuning && <Tuning board={board} frame={frame} canEdit={canEdit} onChange={change} />}</Suspense>
      <Suspense>
        {isStreaming && <StreamSheet session={board.session} frameId={frame.id} onClose={() => setStreaming(false)} />}
      </Suspense>
      <Suspense>
        {isSending && <SendSheet session={board.session} frameId={frame.id} onClose={() => setSending(false)} />}
      </Suspense>
      <Filmstrip board={board} frame={frame} canEdit={canEdit} />
    </aside>
  )
}

let isLinkFollowed = false

/** Brings the frame into view that the link of this page names, once. */
function useLinkedFrame(board: Board, frame: FrameElement | undefined): void {
  useEffect(() => {
    if (isLinkFollowed || !frame || new URLSearchParams(location.search).get('frame') !== frame.id) return
    isLinkFollowed = true
    board.camera.showFrame(frame)
  }, [board, frame])
}

function stateText(state: FrameState | undefined): string {
  if (state?.state === 'failed') return state.error ? errorMessage(state.error) : t('ring.failed')
  if (state?.state === 'fresh') {
    return state.ms === null ? t('panel.upToDate') : t('panel.paintedIn', { count: Math.round(state.ms) })
  }
  if (state?.state === 'stale') return t('panel.stale')
  if (state?.state === 'rendering') {
    if (state.ahead) return t('panel.waiting', { count: state.ahead })
    return state.expectedMs === null
      ? t('panel.painting')
      : t('panel.paintingFor', { duration: durationText(state.expectedMs) })
  }
  return stateLabel(state) || t('ring.empty')
}

/** What is worth knowing before one paints, or draws on: that live waits for the pen, or how long a picture takes here. */
function Expectation({ frame, state }: { frame: FrameElement; state: FrameState | undefined }): ReactElement | null {
  if (!state || state.expectedMs === null || state.state === 'failed') return null
  return (
    <p className="hint" role="status">
      {expectationText(state.expectedMs, state, frame)}
    </p>
  )
}

function expectationText(expectedMs: number, { error }: FrameState, { live }: FrameElement): string {
  if (error) return errorMessage(error)
  const takes = t('panel.takes', { duration: durationText(expectedMs) })
  return live ? `${takes} ${t('panel.liveWaits')}` : takes
}

/** A live picture is gone again before anybody could press a button against it. */
const worthCancellingMs = 500

function PaintButton(props: { board: Board; frame: FrameElement; state: FrameState | undefined }): ReactElement {
  const { session } = props.board
  const { id } = props.frame
  const isRendering = props.state?.state === 'rendering'
  const [isSlow, setSlow] = useState(false)
  useEffect(() => {
    setSlow(false)
    if (!isRendering) return
    const timer = setTimeout(() => setSlow(true), worthCancellingMs)
    return () => clearTimeout(timer)
  }, [isRendering])
  if (isSlow) {
    return (
      <button type="button" className="button" onClick={() => session.cancel(id)}>
        {t('cancel')}
      </button>
    )
  }
  return (
    <button type="button" className="button primary" onClick={() => session.paint(id)}>
      <Icon name="brush" size={18} />
      {t('panel.paint')}
    </button>
  )
}
