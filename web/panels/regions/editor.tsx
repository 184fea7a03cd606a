import { type ReactElement, useCallback, useEffect, useEffectEvent, useState } from 'react'
import { limits } from '../../../protocol/limits.ts'
import type { Change, FrameElement } from '../../../protocol/scene.ts'
import type { Board } from '../../canvas/board.ts'
import { chosenRegion, regionsOf, withChangedRegion, withoutRegion } from '../../canvas/regions/frameRegions.ts'
import { IconButton, Popover, Slider } from '../../controls/controls.tsx'
import { t } from '../../text/t.ts'
import { styledRegion } from '../styles/frame.ts'
import { StyleMix } from '../styles/mix.tsx'

/** A pause in typing after which the words are sent, and painted. */
const typingPauseMs = 400
const maxGuidance = 14

/** The words of a region that stays, how closely the model follows them, and its styles; for everybody in the room. */
export function RegionEditor(props: { board: Board; frame: FrameElement; index: number }): ReactElement | null {
  const { board, frame, index } = props
  const region = regionsOf(frame)[index]
  const [draft, setDraft] = useState<string | null>(null)
  const [gesture] = useState(() => `${frame.id} region ${index} ${Math.random()}`)
  function change(next: Change, name: string): void {
    board.session.operate([{ type: 'change', id: frame.id, change: next }], `${gesture} ${name}`)
  }
  const send = useEffectEvent(() => {
    if (draft === null || !region || draft.trim() === region.prompt) return
    change(withChangedRegion(frame, index, { prompt: draft.trim() }), 'words')
  })
  useEffect(() => {
    if (draft === null) return
    const timer = setTimeout(() => send(), typingPauseMs)
    return () => clearTimeout(timer)
  }, [draft])
  const isThere = region !== undefined
  useEffect(() => {
    // Somebody has taken it away.
    if (!isThere) chosenRegion.set(null)
  }, [isThere])
  if (!region) return null
  const guidance = region.guidance ?? frame.guidance
  return (
    <fieldset className="region-bar panel" aria-label={t('region.words')}>
      <div className="region-words">
        <input
          className="field"
          aria-label={t('region.wordsPrompt')}
          maxLength={limits.maxPromptCharacters}
          value={draft ?? region.prompt}
          onChange={event => setDraft(event.target.value)}
          onBlur={() => {
            send()
            setDraft(null)
          }}
        />
        <Slider
          label={t('tuning.guidance')}
          min={1}
          max={maxGuidance}
          step={0.5}
          value={guidance}
          shown={guidance.toFixed(1)}
          onChange={value => change(withChangedRegion(frame, index, { guidance: value }), 'guidance')}
        />
        <RegionStyles board={board} frame={frame} index={index} />
        <IconButton
          icon="trash"
          label={t('region.delete')}
          onClick={() => {
            change(withoutRegion(frame, index), 'gone')
            chosenRegion.set(null)
          }}
        />
        <IconButton icon="close" label={t('region.done')} onClick={() => chosenRegion.set(null)} />
      </div>
    </fieldset>
  )
}

/** The styles that a region is painted in, in place of those of its frame. */
function RegionStyles({ board, frame, index }: { board: Board; frame: FrameElement; index: number }): ReactElement {
  const [open, setOpen] = useState(false)
  const close = useCallback(() => setOpen(false), [])
  const label = t('region.styles')
  return (
    <div>
      <IconButton
        icon="style"
        label={label}
        aria-expanded={open}
        data-popover-anchor=""
        onClick={() => setOpen(!open)}
      />
      <Popover label={label} open={open} onClose={close} className="region-options">
        <StyleMix board={board} label={label} part={styledRegion(board, frame, index)} canEdit />
      </Popover>
    </div>
  )
}
