import { keyAbove, keyBetween } from '../../protocol/depth.ts'
import { byDepth, inkByLayer, layerOf } from '../../protocol/layers.ts'
import { limits } from '../../protocol/limits.ts'
import type { Change, Element, FrameElement, LayerElement, Operation } from '../../protocol/scene.ts'
import { newId } from '../browser/ids.ts'
import type { RoomSession } from '../room/session.ts'
import { createStore, type Readable } from '../store/store.ts'
import { notify } from '../store/toasts.ts'
import { t } from '../text/t.ts'
import { clippingFrame } from './clipping.ts'

/** The layers of the frames, and on which of them this page draws. */
export interface FrameLayers {
  /** Of one frame, from the lowest to the highest. */
  of(frameId: string): readonly LayerElement[]
  /** By frame: the layer that this page has chosen there. */
  readonly chosen: Readable<ReadonlyMap<string, string>>
  choose(layer: LayerElement): void
  /** Where ink on a frame goes: the chosen layer, or the highest one that the model gets and that is open. null: on none. */
  active(frameId: string): LayerElement | null
  /** What ink that begins on a frame has to say of its layer. null, and said why: that layer cannot be drawn on. */
  forInk(frame: FrameElement | undefined): { readonly layer?: string } | null
  /** What can be chosen, moved and erased, from back to front: what can be seen, but for locked layers. */
  reachable(): readonly Element[]
  /** A new one above the others. The first one finds the ink that is there on a layer of its own, below it. */
  add(frame: FrameElement): void
  /** Changes of one field of a layer are undone together. */
  change(layer: LayerElement, change: Change): void
  /** Puts it into another place, 0 being the lowest. */
  move(layer: LayerElement, place: number): void
  /** With its ink, as one gesture. */
  remove(layer: LayerElement): void
}

type LayerSession = Pick<RoomSession, 'elements' | 'scene' | 'frames' | 'layers' | 'operate'>

export function createFrameLayers(session: LayerSession): FrameLayers {
  const chosen = createStore<ReadonlyMap<string, string>>(new Map())
  const of = (frameId: string) => session.layers.get().filter(({ frame }) => frame === frameId)
  const layerNow = (element: Element) => layerOf(element, session.scene.elements)

  function active(frameId: string): LayerElement | null {
    const layers = of(frameId)
    const isOpen = ({ hidden, locked, unseen }: LayerElement) => !hidden && !locked && !unseen
    return layers.find(({ id }) => id === chosen.get().get(frameId)) ?? layers.findLast(isOpen) ?? null
  }

  function choose({ frame, id }: Pick<LayerElement, 'frame' | 'id'>): void {
    chosen.update(all => new Map(all).set(frame, id))
  }

  function layerOn(frame: FrameElement, name: string, z: string): Extract<Operation, { type: 'add' }> {
    const looks = { hidden: false, locked: false, opacity: 1, unseen: false }
    return { type: 'add', element: { id: newId(), kind: 'layer', frame: frame.id, name, z, ...looks } }
  }

  return {
    of,
    chosen,
    choose,
    active,

    forInk(frame) {
      const layer = frame && active(frame.id)
      if (!layer) {
        const isBelow = frame && of(frame.id).some(({ unseen }) => !unseen)
        if (isBelow) notify(t('layers.closed'))
        return isBelow ? null : {}
      }
      if (layer.locked || layer.hidden) {
        notify(t(layer.locked ? 'layers.locked' : 'layers.hidden', { name: layer.name }))
        return null
      }
      return { layer: layer.id }
    },

    reachable() {
      if (session.layers.get().length === 0) return session.elements
      const open = inkByLayer(session.elements, session.scene.elements).filter(({ layer }) => layer && !layer.locked)
      return [...session.elements.filter(element => !layerNow(element)), ...open.flatMap(({ ink }) => ink)]
    },

    add(frame) {
      const layers = of(frame.id)
      if (layers.length >= limits.maxLayersPerFrame) {
        notify(t('layers.full', { max: limits.maxLayersPerFrame }))
        return
      }
      let z = keyAbove(layers.toSorted(byDepth).at(-1)?.z ?? null)
      const operations: Operation[] = []
      const frames = session.frames.get()
      const loose = layers.length > 0 ? [] : session.elements.filter(one => clippingFrame(one, frames)?.id === frame.id)
      if (loose.length > 0) {
        const first = layerOn(frame, t('layers.name', { number: 1 }), z)
        const changes = loose.map(({ id }) => ({ id, change: { layer: first.element.id } }))
        operations.push(first, { type: 'arrange', changes })
        z = keyAbove(z)
      }
      const added = layerOn(frame, unusedName([...layers, ...operations.flatMap(layerAdded)]), z)
      session.operate([...operations, added], newId())
      choose({ frame: frame.id, id: added.element.id })
    },

    change(layer, change) {
      const gesture = `${layer.id} ${Object.keys(change).join()}`
      session.operate([{ type: 'change', id: layer.id, change }], gesture)
    },

    move(layer, place) {
      // What the model does not get lies above the rest, wherever it is dragged.
      const others = of(layer.frame).filter(one => one.id !== layer.id)
      const lower = others.slice(0, place).findLast(one => one.unseen === layer.unseen)
      const upper = others.slice(place).find(one => one.unseen === layer.unseen)
      const z = keyBetween(lower?.z ?? null, upper?.z ?? null)
      if (lower || upper) session.operate([{ type: 'change', id: layer.id, change: { z } }])
    },

    remove(layer) {
      const ink = session.elements.filter(element => layerNow(element)?.id === layer.id)
      session.operate([{ type: 'remove', ids: [layer.id, ...ink.map(({ id }) => id)] }], newId())
    },
  }
}

const layerAdded = (operation: Operation): { readonly name: string }[] =>
  operation.type === 'add' && operation.element.kind === 'layer' ? [operation.element] : []

/** Layer 1, Layer 2 and so on: the first that no layer has. */
function unusedName(layers: readonly { readonly name: string }[]): string {
  let number = layers.length + 1
  while (layers.some(({ name }) => name === t('layers.name', { number }))) number++
  return t('layers.name', { number })
}
