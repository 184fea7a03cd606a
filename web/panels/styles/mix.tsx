import { type ReactElement, useEffect, useState } from 'react'
import { limits } from '../../../protocol/limits.ts'
import type { FrameElement } from '../../../protocol/scene.ts'
import type { StyleSummary } from '../../../protocol/styles.ts'
import type { Board } from '../../canvas/board.ts'
import { IconButton, Slider } from '../../controls/controls.tsx'
import { Icon } from '../../controls/icons.tsx'
import { messageFor } from '../../room/http.ts'
import { loadStyles, styles as myStyles } from '../../room/styles.ts'
import { useStore } from '../../store/store.ts'
import { notify } from '../../store/toasts.ts'
import { percentText } from '../../text/format.ts'
import { errorMessage, t } from '../../text/t.ts'
import { addToFrame, isInFrame, removeFromFrame, stylesOf, weigh } from './frame.ts'
import { stylesPage } from './page.ts'
import './mix.css'

/** The styles of a frame, each with its weight, and the way to one more. */
export function FrameMix(props: { board: Board; frame: FrameElement; canEdit: boolean }): ReactElement | null {
  const { board, frame, canEdit } = props
  const mixed = stylesOf(frame)
  const [picking, setPicking] = useState(false)
  const isMixed = mixed.length > 0
  const inRoom = useStore(board.session.styles)
  const isAnyGone = mixed.some(({ style }) => !inRoom.has(style))
  // What others have shared or deleted since then is known too.
  useEffect(() => {
    if (!picking && !isAnyGone && (!isMixed || myStyles.get())) return
    loadStyles().catch((error: unknown) => notify(messageFor(error), 'bad'))
  }, [picking, isMixed, isAnyGone])
  const isFull = mixed.length >= limits.maxStylesPerFrame
  if (!canEdit && !isMixed) return null
  return (
    <section className="mix" aria-label={t('mix.label')}>
      {mixed.map(({ style, weight }) => (
        <MixedStyle key={style} board={board} frame={frame} style={style} weight={weight} canEdit={canEdit} />
      ))}
      {canEdit && !isFull && (
        <button
          type="button"
          className="button quiet mix-add"
          aria-expanded={picking}
          onClick={() => setPicking(!picking)}
        >
          <Icon name="style" size={18} />
          {t(isMixed ? 'mix.another' : 'mix.first')}
        </button>
      )}
      {canEdit && !isFull && picking && <Picker board={board} frame={frame} onDone={() => setPicking(false)} />}
    </section>
  )
}

function MixedStyle(props: {
  board: Board
  frame: FrameElement
  style: string
  weight: number
  canEdit: boolean
}): ReactElement {
  const { board, frame, style, weight, canEdit } = props
  const inRoom = useStore(board.session.styles).get(style)
  const mine = useStore(myStyles)?.find(one => one.id === style)
  const isGone = !inRoom && !mine
  const name = inRoom?.name ?? mine?.name ?? t('mix.gone')
  const isTheirs = inRoom !== undefined && inRoom.owner.id !== board.session.entered.get()?.you.id
  const error = inRoom?.error
  return (
    <div className="mix-row">
      <Cover style={mine} />
      <div>
        <Slider
          label={isTheirs ? `${name} · ${inRoom.owner.name}` : name}
          min={0}
          max={limits.maxStyleWeight}
          step={0.05}
          value={weight}
          shown={percentText(weight)}
          disabled={!canEdit || isGone}
          onChange={next => weigh(board, frame, style, next)}
        />
        {error && <p className="hint">{errorMessage(error)}</p>}
      </div>
      {canEdit && (
        <IconButton
          icon="close"
          className="small"
          label={t('mix.remove', { name })}
          onClick={() => removeFromFrame(board, frame, style)}
        />
      )}
    </div>
  )
}

/** The styles that can go into a frame, as a strip of thumbnails; at its end, a new one. */
function Picker(props: { board: Board; frame: FrameElement; onDone: () => void }): ReactElement {
  const { board, frame, onDone } = props
  const all = useStore(myStyles)
  const usable = all?.filter(style => style.version !== null && !style.error && !isInFrame(frame, style.id)) ?? []
  return (
    <div className="picker">
      {usable.map(style => (
        <button
          key={style.id}
          type="button"
          aria-label={t('mix.paintIn', { name: style.name })}
          onClick={() => {
            addToFrame(board, frame, style.id)
            onDone()
          }}
        >
          <Cover style={style} />
          <span>{style.name}</span>
        </button>
      ))}
      <button type="button" onClick={() => stylesPage.set({ type: all?.length ? 'list' : 'create' })}>
        <span className="mix-blank">
          <Icon name={all?.length ? 'more' : 'plus'} />
        </span>
        <span>{t(all?.length ? 'styles.all' : 'mix.teach')}</span>
      </button>
    </div>
  )
}

function Cover({ style }: { style: StyleSummary | undefined }): ReactElement {
  const url = style?.after[0]
  if (url) return <img src={url} alt="" draggable={false} />
  return (
    <span className="mix-blank">
      <Icon name="style" size={18} />
    </span>
  )
}
