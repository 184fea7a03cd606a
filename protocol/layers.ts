import { boundsOf, overlaps } from './geometry.ts'
import type { Element, LayerElement, SceneElement } from './scene.ts'

/** The part of a scene that says which layers there are. */
export interface ElementsById {
  get(id: string): SceneElement | undefined
}

/** What lies on one layer, or on none, from back to front: it is drawn as one piece. */
export interface LayerInk {
  readonly layer: LayerElement | null
  readonly ink: readonly Element[]
}

/**
 * The layer that an element lies on; null: none. A layer counts while it and its frame are there and the element touches
 * the frame, so what is dragged out of its frame leaves the layer, and finds it again on the way back.
 */
export function layerOf(element: Element, elements: ElementsById): LayerElement | null {
  if (element.kind === 'frame' || !element.layer) return null
  const layer = elements.get(element.layer)
  if (layer?.kind !== 'layer' || layer.removed) return null
  const frame = elements.get(layer.frame)
  if (frame?.kind !== 'frame' || frame.removed) return null
  return overlaps(boundsOf(element), frame) ? layer : null
}

/**
 * Ink by layer, in the order in which it is drawn: what lies on none, the layers that the model gets, the others, each
 * kind by depth. Hidden layers are left out, and frames. `elements` come from back to front.
 */
export function inkByLayer(elements: Iterable<Element>, byId: ElementsById): LayerInk[] {
  const onNone: Element[] = []
  const onLayers = new Map<LayerElement, Element[]>()
  for (const element of elements) {
    if (element.kind === 'frame') continue
    const layer = layerOf(element, byId)
    if (layer?.hidden) continue
    const ink = layer ? onLayers.get(layer) : onNone
    if (ink) ink.push(element)
    else onLayers.set(layer!, [element])
  }
  const layers = [...onLayers].sort(([a], [b]) => byStack(a, b))
  return [{ layer: null, ink: onNone }, ...layers.map(([layer, ink]) => ({ layer, ink }))]
}

/** What the model gets of ink. */
export const seenByModel = (inks: readonly LayerInk[]): LayerInk[] => inks.filter(({ layer }) => !layer?.unseen)

/** From the lowest layer to the highest: what the model does not get lies above the rest. */
export function byStack(a: LayerElement, b: LayerElement): number {
  if (a.unseen !== b.unseen) return a.unseen ? 1 : -1
  return byDepth(a, b)
}

/** From back to front: by `z`, ties by id, both in code unit order so that every machine agrees. */
export function byDepth(a: SceneElement, b: SceneElement): number {
  if (a.z !== b.z) return a.z < b.z ? -1 : 1
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
