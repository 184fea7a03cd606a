import { type ReactElement, useEffect, useState } from 'react'
import { limits } from '../../../protocol/limits.ts'
import type { FrameElement } from '../../../protocol/scene.ts'
import type { Board } from '../../canvas/board.ts'
import { type RegionDraft, regionDraft } from '../../canvas/regions/draft.ts'
import { chosenRegion, isFull } from '../../canvas/regions/frameRegions.ts'
import { keepRegion, paintRegion } from '../../canvas/regions/paintRegion.ts'
import { maxEdge, regionSettings, setRegions } from '../../canvas/regions/settings.ts'
import { IconButton, Slider } from '../../controls/controls.tsx'
import { IconPopover } from '../../controls/popover.tsx'
import { Segments } from '../../controls/segments.tsx'
import { useTask } from '../../controls/task.ts'
import { useStore } from '../../store/store.ts'
import { percentText } from '../../text/format.ts'
import { t } from '../../text/t.ts'
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
    <fieldset className="region-bar panel" aria-label={t('region.label')}>
      <Ways />
      {draft && frame ? (
        <Words board={board} frame={frame} draft={draft} />
      ) : (
        <p className="hint">{t('region.where')}</p>
      )}
    </fieldset>
  )
}

function Ways(): ReactElement {
  const { way, width } = useStore(regionSettings)
  return (
    <div className="region-ways">
      <Segments
        label={t('region.chooseBy')}
        value={way}
        segments={[
          { value: 'lasso', icon: 'lasso', label: t('region.lasso') },
          { value: 'box', icon: 'box', label: t('region.box') },
          { value: 'brush', icon: 'brush', label: t('region.brush') },
        ]}
        onChoose={next => setRegions({ way: next })}
      />
      {way === 'brush' && (
        <input
          type="range"
          className="region-width"
          aria-label={t('region.width')}
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
        aria-label={t('region.prompt')}
        placeholder={t('region.placeholder')}
        maxLength={limits.maxPromptCharacters}
        value={prompt}
        onChange={event => setPrompt(event.target.value)}
      />
      <button type="submit" className="button primary" disabled={task.isBusy}>
        {t(task.isBusy ? 'region.painting' : 'region.paint')}
      </button>
      <IconButton
        icon="pin"
        label={isFull(frame) ? t('region.full', { max: limits.maxRegions }) : t('region.keep')}
        disabled={task.isBusy || trimmed === '' || isFull(frame)}
        onClick={() => void keep()}
      />
      <HowItIsPainted />
      <IconButton icon="close" label={t('region.letGo')} onClick={() => regionDraft.set(null)} />
      <p className="problem" role="alert">
        {task.problem}
      </p>
    </form>
  )
}

function HowItIsPainted(): ReactElement {
  const { edge, strength } = useStore(regionSettings)
  return (
    <IconPopover icon="sliders" label={t('region.settings')} className="region-options">
      <Slider
        label={t('region.change')}
        min={10}
        max={100}
        step={2}
        value={Math.round(strength * 100)}
        shown={percentText(strength)}
        onChange={percent => setRegions({ strength: percent / 100 })}
      />
      <Slider
        label={t('region.edge')}
        min={0}
        max={maxEdge}
        step={1}
        value={edge}
        shown={edge === 0 ? t('region.noEdge') : t('region.pixels', { count: edge })}
        onChange={next => setRegions({ edge: next })}
      />
    </IconPopover>
  )
}
