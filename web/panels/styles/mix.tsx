import { type ReactElement, useEffect, useState } from 'react'
import { limits } from '../../../protocol/limits.ts'
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
import { addStyle, removeStyle, type StyledPart, wears, weigh } from './frame.ts'
import { stylesPage } from './page.ts'
import './mix.css'

/** The styles of a frame or a region, each with its weight, and the way to one more. */
export function StyleMix(props: {
  board: Board
  label: string
  part: StyledPart
  canEdit: boolean
}): ReactElement | null {
  const { board, label, part, canEdit } = props
  const mixed = part.styles
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
    <section className="mix" aria-label={label}>
      {mixed.map(({ style, weight }) => (
        <MixedStyle key={style} board={board} part={part} style={style} weight={weight} canEdit={canEdit} />
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
      {canEdit && !isFull && picking && <Picker part={part} onDone={() => setPicking(false)} />}
    </section>
  )
}

function MixedStyle(props: {
  board: Board
  part: StyledPart
  style: string
  weight: number
  canEdit: boolean
}): ReactElement {
  const { board, part, style, weight, canEdit } = props
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
          onChange={next => weigh(part, style, next)}
        />
        {error && <p className="hint">{errorMessage(error)}</p>}
      </div>
      {canEdit && (
        <IconButton
          icon="close"
          className="small"
          label={t('mix.remove', { name })}
          onClick={() => removeStyle(part, style)}
        />
      )}
    </div>
  )
}

/** The styles that can go into it, as a strip of thumbnails; at its end, a new one. */
function Picker({ part, onDone }: { part: StyledPart; onDone: () => void }): ReactElement {
  const all = useStore(myStyles)
  const usable = all?.filter(style => style.version !== null && !style.error && !wears(part, style.id)) ?? []
  return (
    <div className="picker">
      {usable.map(style => (
        <button
          key={style.id}
          type="button"
          aria-label={t('mix.paintIn', { name: style.name })}
          onClick={() => {
            addStyle(part, style.id)
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
