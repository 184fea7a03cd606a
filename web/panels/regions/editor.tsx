import { type ReactElement, useEffect, useEffectEvent, useState } from 'react'
import { limits } from '../../../protocol/limits.ts'
import type { Change, FrameElement } from '../../../protocol/scene.ts'
import type { Board } from '../../canvas/board.ts'
import { chosenRegion, regionsOf, withChangedRegion, withoutRegion } from '../../canvas/regions/frameRegions.ts'
import { IconButton } from '../../controls/controls.tsx'
import { IconPopover } from '../../controls/popover.tsx'
import { t } from '../../text/t.ts'
import { styledRegion } from '../styles/frame.ts'
import { StyleMix } from '../styles/mix.tsx'
import { RegionTuning } from './tuning.tsx'

/** A pause in typing after which the words are sent, and painted. */
const typingPauseMs = 400

/** The words of a region that stays, how it is painted, and its styles; for everybody in the room. */
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
        <RegionTuning
          board={board}
          frame={frame}
          index={index}
          onChange={(next, name) => change(withChangedRegion(frame, index, next), name)}
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

/** The styles that a region is painted in: those of its frame, or its own in their place. */
function RegionStyles({ board, frame, index }: { board: Board; frame: FrameElement; index: number }): ReactElement {
  const label = t('region.styles')
  const part = styledRegion(board, frame, index)
  return (
    <IconPopover icon="style" label={label} className="region-options">
      <StyleMix board={board} label={label} part={part} canEdit />
      {part.hasOwn ? (
        <button type="button" className="button quiet" onClick={part.inherit}>
          {t('region.asFrame')}
        </button>
      ) : (
        <p className="hint">{t('region.isAsFrame')}</p>
      )}
    </IconPopover>
  )
}
