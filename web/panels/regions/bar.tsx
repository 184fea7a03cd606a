import { type ReactElement, useCallback, useEffect, useState } from 'react'
import { limits } from '../../../protocol/limits.ts'
import type { FrameElement } from '../../../protocol/scene.ts'
import type { Board } from '../../canvas/board.ts'
import { type RegionDraft, regionDraft } from '../../canvas/regions/draft.ts'
import { chosenRegion, isFull } from '../../canvas/regions/frameRegions.ts'
import { keepRegion, paintRegion } from '../../canvas/regions/paintRegion.ts'
import { maxEdge, regionSettings, setRegions } from '../../canvas/regions/settings.ts'
import { IconButton, Popover, Slider } from '../../controls/controls.tsx'
import { Segments } from '../../controls/segments.tsx'
import { useTask } from '../../controls/task.ts'
import { useStore } from '../../store/store.ts'
import { RegionEditor } from './editor.tsx'
import './bar.css'

/** How a part of a frame is chosen, what shall be there, and what to do with it; or the words of a region that stays. */
export function RegionBar({ board }: { board: Board }): ReactElement | null {
  const tool = useStore(board.tools.current)
  const draft = useStore(regionDraft)
  const chosen = useStore(chosenRegion)
  const frames = useStore(board.session.frames)
  const isChoosing = tool === 'region'
  useEffect(() => {
    if (!isChoosing) regionDraft.set(null)
  }, [isChoosing])
  const frame = frames.find(({ id }) => id === draft?.frameId)
  const regionFrame = frames.find(({ id }) => id === chosen?.frameId)
  if (chosen && regionFrame) {
    const key = `${chosen.frameId} ${chosen.index}`
    return <RegionEditor key={key} board={board} frame={regionFrame} index={chosen.index} />
  }
  if (!isChoosing) return null
  return (
    <fieldset className="region-bar panel" aria-label="Region">
      <Ways />
      {draft && frame ? (
        <Words board={board} frame={frame} draft={draft} />
      ) : (
        <p className="hint">Draw around a part of a frame.</p>
      )}
    </fieldset>
  )
}

function Ways(): ReactElement {
  const { way, width } = useStore(regionSettings)
  return (
    <div className="region-ways">
      <Segments
        label="Choose by"
        value={way}
        segments={[
          { value: 'lasso', icon: 'lasso', label: 'Lasso' },
          { value: 'box', icon: 'box', label: 'Box' },
          { value: 'brush', icon: 'brush', label: 'Brush' },
        ]}
        onChoose={next => setRegions({ way: next })}
      />
      {way === 'brush' && (
        <input
          type="range"
          className="region-width"
          aria-label="Width of the brush"
          min={10}
          max={240}
          value={width}
          style={{ '--filled': `${((width - 10) / 230) * 100}%` } as React.CSSProperties}
          onChange={event => setRegions({ width: event.target.valueAsNumber })}
        />
      )}
    </div>
  )
}

function Words(props: { board: Board; frame: FrameElement; draft: RegionDraft }): ReactElement {
  const { board, frame, draft } = props
  const [prompt, setPrompt] = useState('')
  const { edge, strength } = useStore(regionSettings)
  const task = useTask()
  useEffect(() => {
    const letGo = (event: KeyboardEvent) => event.key === 'Escape' && regionDraft.set(null)
    addEventListener('keydown', letGo)
    return () => removeEventListener('keydown', letGo)
  }, [])
  const trimmed = prompt.trim()
  const paint = () =>
    task.run(async () => {
      regionDraft.set({ ...draft, isPainted: true })
      await paintRegion(board, frame, draft, { prompt: trimmed, edge, strength })
    })
  const keep = () =>
    task.run(async () => {
      await keepRegion(board, frame, draft, { prompt: trimmed, edge })
      regionDraft.set(null)
    })
  return (
    <form
      className="region-words"
      onSubmit={event => {
        event.preventDefault()
        if (!task.isBusy) void paint()
      }}
    >
      <input
        className="field"
        aria-label="What shall be here"
        placeholder="What shall be here?"
        maxLength={limits.maxPromptCharacters}
        value={prompt}
        onChange={event => setPrompt(event.target.value)}
      />
      <button type="submit" className="button primary" disabled={task.isBusy}>
        {task.isBusy ? 'Painting…' : 'Paint here'}
      </button>
      <IconButton
        icon="pin"
        label={isFull(frame) ? `A frame holds ${limits.maxRegions} regions` : 'Keep these words here'}
        disabled={task.isBusy || trimmed === '' || isFull(frame)}
        onClick={() => void keep()}
      />
      <HowItIsPainted />
      <IconButton icon="close" label="Let the region go" onClick={() => regionDraft.set(null)} />
      <p className="problem" role="alert">
        {task.problem}
      </p>
    </form>
  )
}

function HowItIsPainted(): ReactElement {
  const { edge, strength } = useStore(regionSettings)
  const [open, setOpen] = useState(false)
  const close = useCallback(() => setOpen(false), [])
  return (
    <div>
      <IconButton
        icon="sliders"
        label="Edge and strength"
        aria-expanded={open}
        data-popover-anchor=""
        onClick={() => setOpen(!open)}
      />
      <Popover label="Edge and strength" open={open} onClose={close} className="region-options">
        <Slider
          label="How much changes"
          min={10}
          max={100}
          step={2}
          value={Math.round(strength * 100)}
          shown={`${Math.round(strength * 100)} %`}
          onChange={percent => setRegions({ strength: percent / 100 })}
        />
        <Slider
          label="Soft edge"
          min={0}
          max={maxEdge}
          step={1}
          value={edge}
          shown={edge === 0 ? 'none' : `${edge} px`}
          onChange={next => setRegions({ edge: next })}
        />
      </Popover>
    </div>
  )
}
