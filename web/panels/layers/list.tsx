import { type KeyboardEvent, type PointerEvent, type ReactElement, useRef, useState } from 'react'
import { limits } from '../../../protocol/limits.ts'
import type { FrameElement, LayerElement } from '../../../protocol/scene.ts'
import { preventFlings } from '../../browser/flings.ts'
import { keyOf } from '../../browser/keys.ts'
import type { Board } from '../../canvas/board.ts'
import { IconButton, Slider, Switch } from '../../controls/controls.tsx'
import { Icon } from '../../controls/icons.tsx'
import { RadioGroup } from '../../controls/radioGroup.tsx'
import { useStore } from '../../store/store.ts'
import { percentText } from '../../text/format.ts'
import { t } from '../../text/t.ts'
import './list.css'

const actionByKey: Readonly<Record<string, 'rename' | 'delete' | 'up' | 'down'>> = {
  ...{ F2: 'rename', Delete: 'delete', Backspace: 'delete' },
  ...{ 'Alt+ArrowUp': 'up', 'Alt+ArrowDown': 'down' },
}

/** The layers of a frame, the highest first. Arrows choose one, with Alt they move it; F2 renames it, Delete deletes it. */
export function LayerList({ board, frame }: { board: Board; frame: FrameElement }): ReactElement {
  useStore(board.session.layers)
  useStore(board.layers.chosen)
  const [renamed, setRenamed] = useState<string | null>(null)
  const drag = useRowDrag(board)
  const layers = board.layers.of(frame.id).toReversed()
  const active = board.layers.active(frame.id)

  /** Up is towards the eye: the list stands on its head. */
  function step(layer: LayerElement, up: 1 | -1): void {
    board.layers.move(layer, board.layers.of(frame.id).indexOf(layer) + up)
  }

  function press(event: KeyboardEvent, layer: LayerElement): void {
    const action = actionByKey[(event.altKey ? 'Alt+' : '') + event.key]
    if (!action) return
    event.preventDefault()
    event.stopPropagation()
    if (action === 'rename') setRenamed(layer.id)
    else if (action === 'delete') board.layers.remove(layer)
    else step(layer, action === 'up' ? 1 : -1)
  }

  return (
    <div className="layer-list">
      <RadioGroup label={t('layers.list')} className="layer-rows">
        {layers.map(layer => (
          <div
            key={layer.id}
            className="layer-row"
            data-layer={layer.id}
            data-hidden={layer.hidden || undefined}
            data-active={layer === active || undefined}
            {...drag.rowProps(layer)}
          >
            <IconButton
              icon={layer.hidden ? 'eyeOff' : 'eye'}
              className="small"
              label={t(layer.hidden ? 'layers.show' : 'layers.hide', { name: layer.name })}
              onClick={() => board.layers.change(layer, { hidden: !layer.hidden })}
            />
            {renamed === layer.id ? (
              <NameField layer={layer} board={board} onDone={() => setRenamed(null)} />
            ) : (
              // biome-ignore lint/a11y/useSemanticElements: a row is a button that belongs to a radio group
              <button
                type="button"
                role="radio"
                aria-checked={layer === active}
                className="layer-name"
                onClick={() => board.layers.choose(layer)}
                onDoubleClick={() => setRenamed(layer.id)}
                onKeyDown={event => press(event, layer)}
              >
                <span className="layer-title">{layer.name}</span>
                {layer.unseen && <span className="layer-mark">{t('layers.note')}</span>}
                {layer.opacity < 1 && <span className="layer-mark">{percentText(layer.opacity)}</span>}
              </button>
            )}
            <IconButton
              icon={layer.locked ? 'lock' : 'unlock'}
              className="small"
              label={t(layer.locked ? 'layers.unlock' : 'layers.lock', { name: layer.name })}
              pressed={layer.locked}
              onClick={() => board.layers.change(layer, { locked: !layer.locked })}
            />
            <span className="layer-grip" aria-hidden="true" {...drag.gripProps(layer)}>
              <Icon name="grip" size={18} />
            </span>
          </div>
        ))}
      </RadioGroup>
      {active && (
        <LayerSettings
          board={board}
          layer={active}
          step={up => step(active, up)}
          rename={() => setRenamed(active.id)}
        />
      )}
    </div>
  )
}

function LayerSettings(props: {
  board: Board
  layer: LayerElement
  step: (up: 1 | -1) => void
  rename: () => void
}): ReactElement {
  const { board, layer, step, rename } = props
  const percent = Math.round(layer.opacity * 100)
  const layers = board.layers.of(layer.frame).filter(one => one.unseen === layer.unseen)
  return (
    <fieldset className="layer-settings" aria-label={layer.name}>
      <Slider
        label={t('layers.opacity')}
        min={0}
        max={100}
        step={1}
        value={percent}
        shown={percentText(percent / 100)}
        onChange={value => board.layers.change(layer, { opacity: value / 100 })}
      />
      <Switch
        label={t('layers.unseen')}
        checked={layer.unseen}
        onChange={unseen => board.layers.change(layer, { unseen })}
      />
      <div className="layer-actions">
        <IconButton
          icon="up"
          className="small"
          label={t('layers.up')}
          shortcut="Alt+ArrowUp"
          disabled={layers.at(-1) === layer}
          onClick={() => step(1)}
        />
        <IconButton
          icon="chevron"
          className="small"
          label={t('layers.down')}
          shortcut="Alt+ArrowDown"
          disabled={layers[0] === layer}
          onClick={() => step(-1)}
        />
        <IconButton icon="pen" className="small" label={t('layers.rename')} shortcut="F2" onClick={rename} />
        <IconButton
          icon="trash"
          className="small"
          label={t('layers.delete')}
          shortcut="Delete"
          disabled={layer.locked}
          onClick={() => board.layers.remove(layer)}
        />
      </div>
    </fieldset>
  )
}

function NameField(props: { board: Board; layer: LayerElement; onDone: () => void }): ReactElement {
  const { board, layer, onDone } = props
  const isDropped = useRef(false)
  return (
    <input
      className="field layer-name-field"
      aria-label={t('layers.itsName')}
      defaultValue={layer.name}
      maxLength={limits.maxNameCharacters}
      // biome-ignore lint/a11y/noAutofocus: whoever asks for the field is about to type in it
      autoFocus
      onFocus={event => event.target.select()}
      onBlur={event => {
        const name = event.target.value.trim()
        if (!isDropped.current && name !== '' && name !== layer.name) board.layers.change(layer, { name })
        onDone()
      }}
      onKeyDown={event => {
        const key = keyOf(event.nativeEvent)
        if (key !== 'Enter' && key !== 'Escape') return
        event.stopPropagation()
        isDropped.current = key === 'Escape'
        event.currentTarget.blur()
      }}
    />
  )
}

interface Dragged {
  readonly id: string
  readonly pointer: number
  readonly startY: number
  readonly rowHeight: number
}

/** Rows that are dragged by their grips; others make way when one is let go. */
function useRowDrag(board: Board) {
  // Not only as state: on a busy machine a pointer goes down, moves and is let go before anything is rendered again.
  const dragged = useRef<Dragged | null>(null)
  const [shown, setShown] = useState<{ readonly id: string; readonly by: number } | null>(null)

  function drop(layer: LayerElement, by: number, rowHeight: number): void {
    const rows = Math.round(by / rowHeight)
    if (rows !== 0) board.layers.move(layer, board.layers.of(layer.frame).indexOf(layer) - rows)
  }
  function letGo(): void {
    dragged.current = null
    setShown(null)
  }
  /** How this pointer drags this layer, if it does: another finger moves nothing. */
  function dragOf(layer: LayerElement, { pointerId }: PointerEvent): Dragged | null {
    const { current } = dragged
    return current?.id === layer.id && current.pointer === pointerId ? current : null
  }

  return {
    rowProps: (layer: LayerElement) =>
      shown?.id === layer.id ? { 'data-dragged': '', style: { translate: `0 ${shown.by}px` } } : {},
    gripProps: (layer: LayerElement) => ({
      ref: preventFlings,
      onPointerDown(event: PointerEvent<HTMLElement>) {
        if (!event.isPrimary || event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        const rowHeight = event.currentTarget.closest('.layer-row')!.getBoundingClientRect().height
        dragged.current = { id: layer.id, pointer: event.pointerId, startY: event.clientY, rowHeight }
        setShown({ id: layer.id, by: 0 })
      },
      onPointerMove(event: PointerEvent) {
        const drag = dragOf(layer, event)
        if (drag) setShown({ id: layer.id, by: event.clientY - drag.startY })
      },
      onPointerUp(event: PointerEvent) {
        const drag = dragOf(layer, event)
        if (!drag) return
        drop(layer, event.clientY - drag.startY, drag.rowHeight)
        letGo()
      },
      onPointerCancel: (event: PointerEvent) => dragOf(layer, event) && letGo(),
    }),
  }
}
