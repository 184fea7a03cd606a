import { boundsOf, unionOf } from '../../protocol/geometry.ts'
import type { Arrangement, Box, Element, NewElement, Operation } from '../../protocol/scene.ts'
import { newId } from '../browser/ids.ts'
import type { RoomSession } from '../room/session.ts'
import { createStore, type Store } from '../store/store.ts'
import { type Copied, clipOf, copyOffset, pasteOffset, readClip } from './clipboard.ts'
import { clippingFrame } from './clipping.ts'
import { restack, topZs } from './depth.ts'
import type { FrameLayers } from './frameLayers.ts'
import type { FrameViews } from './frameViews.ts'
import type { LiftedElements } from './lifted.ts'
import { canTurn, middleOf, reshape, round, turned } from './reshape.ts'
import type { ToolName } from './toolNames.ts'

/** What is selected, and what can be done with it. */
export interface Selection {
  readonly ids: Store<ReadonlySet<string>>
  /** From back to front. */
  elements(): Element[]
  /** The same as it is shown now, in the middle of a drag too. */
  shown(): Element[]
  selectAll(): void
  clear(): void
  remove(): void
  /** Copies lie a little beside what they were made of, and are selected instead of it. */
  duplicate(): void
  /** What is selected, for the clipboard; null: nothing is. */
  copy(): string | null
  /** Lays down what was copied, where it is seen in `visible`, and selects it; false: this text was not copied here. */
  paste(text: string, visible: Box): boolean
  nudge(dx: number, dy: number): void
  /** Turns it around its middle, radians clockwise. */
  turn(angle: number): void
  toFront(): void
  toBack(): void
}

interface SelectionParts {
  readonly session: Pick<RoomSession, 'elements' | 'frames' | 'operate'>
  readonly layers: Pick<FrameLayers, 'active' | 'reachable'>
  readonly lifted: LiftedElements
  readonly currentTool: Store<ToolName>
  readonly activeFrame: FrameViews['active']
}

export function createSelection({ session, layers, lifted, currentTool, activeFrame }: SelectionParts): Selection {
  const ids = createStore<ReadonlySet<string>>(new Set())

  const elements = (): Element[] => layers.reachable().filter(element => ids.get().has(element.id))

  /** As one gesture; nothing at all for an empty selection. */
  function operate(operations: readonly Operation[], gesture: string = newId()): void {
    if (operations.length > 0) session.operate(operations, gesture)
  }

  function arrange(changes: readonly Arrangement[], gesture: string = newId()): void {
    if (changes.length > 0) session.operate([{ type: 'arrange', changes }], gesture)
  }

  /** Copies on top of everything, which are selected then. */
  function lay(things: readonly (Element | Copied)[], { dx, dy }: { readonly dx: number; readonly dy: number }): void {
    const zs = topZs(session.elements, things.length)
    const copies = things.map((thing, index): NewElement => {
      const { author, removed, ...element } = thing as Element
      const copy = { ...element, id: newId(), z: zs[index]!, x: round(element.x + dx), y: round(element.y + dy) }
      return thing.kind === 'frame' || 'layer' in thing ? copy : { ...copy, ...layerUnder(copy as unknown as Element) }
    })
    operate(copies.map(element => ({ type: 'add', element })))
    ids.set(new Set(copies.map(copy => copy.id)))
  }

  /** What comes from elsewhere lies on the layer that is drawn on. */
  function layerUnder(copy: Element): { readonly layer?: string } {
    const frame = clippingFrame(copy, session.frames.get())
    const layer = frame && layers.active(frame.id)
    return layer && !layer.locked ? { layer: layer.id } : {}
  }

  return {
    ids,
    elements,
    shown: () => elements().map(element => lifted.elements.get(element.id) ?? element),
    selectAll() {
      currentTool.set('select')
      ids.set(new Set(layers.reachable().map(element => element.id)))
    },
    clear: () => ids.set(new Set()),
    remove() {
      const gone = elements().map(element => element.id)
      if (gone.length === 0) return
      session.operate([{ type: 'remove', ids: gone }])
      ids.set(new Set())
      if (gone.includes(activeFrame.get() ?? '')) activeFrame.set(null)
    },
    duplicate() {
      const chosen = elements()
      if (chosen.length === 0) return
      lay(chosen, { dx: copyOffset, dy: copyOffset })
    },
    copy: () => (ids.get().size === 0 ? null : clipOf(elements())),
    paste(text, visible) {
      const copied = readClip(text)
      if (!copied || copied.length === 0) return false
      currentTool.set('select')
      lay(copied, pasteOffset(copied, visible))
      return true
    },
    nudge(dx, dy) {
      const changes = elements().map(element => {
        const from = { x: element.x, y: element.y, width: 0, height: 0 }
        const to = { ...from, x: from.x + dx, y: from.y + dy }
        return { id: element.id, change: reshape(element, from, to) }
      })
      arrange(changes, `nudge ${[...ids.get()].join(' ')}`)
    },
    turn(angle) {
      const chosen = elements().filter(canTurn)
      const around = unionOf(chosen.map(boundsOf))
      if (!around) return
      const changes = chosen.map(element => ({ id: element.id, change: turned(element, angle, middleOf(around)) }))
      arrange(changes, `turn ${[...ids.get()].join(' ')}`)
    },
    toFront: () => arrange(restack(elements(), session.elements, 'front')),
    toBack: () => arrange(restack(elements(), session.elements, 'back')),
  }
}
