import { byDepth, byStack } from '../../protocol/layers.ts'
import type { Element, FrameElement, LayerElement, SceneElement } from '../../protocol/scene.ts'

/** What lies on the canvas, always in order from back to front; changing one element costs a search, not a sort. */
export interface DepthOrder {
  readonly elements: readonly Element[]
  readonly frames: readonly FrameElement[]
  /** Of all frames, from the lowest to the highest. */
  readonly layers: readonly LayerElement[]
  /** Takes in new versions; `undefined` for an id means that the element is gone altogether. */
  update(versions: Iterable<readonly [id: string, version: SceneElement | undefined]>): void
}

export function createDepthOrder(): DepthOrder {
  const elements: Element[] = []
  const placed = new Map<string, Element>()
  const placedLayers = new Map<string, LayerElement>()
  let frames: readonly FrameElement[] = []
  let layers: readonly LayerElement[] = []

  function updateLayer(id: string, next: LayerElement | undefined): boolean {
    const isChanged = placedLayers.get(id) !== next
    if (next) placedLayers.set(id, next)
    else placedLayers.delete(id)
    return isChanged
  }

  return {
    elements,
    get frames() {
      return frames
    },
    get layers() {
      return layers
    },
    update(versions) {
      let framesChanged = false
      let layersChanged = false
      for (const [id, version] of versions) {
        const old = placed.get(id)
        const next = version?.removed ? undefined : version
        if (placedLayers.has(id) || next?.kind === 'layer') {
          layersChanged = updateLayer(id, next?.kind === 'layer' ? next : undefined) || layersChanged
          continue
        }
        if (old === next) continue
        framesChanged ||= old?.kind === 'frame' || next?.kind === 'frame'
        if (old && next && old.z === next.z) {
          elements[indexFor(elements, old)] = next
        } else {
          if (old) elements.splice(indexFor(elements, old), 1)
          if (next) elements.splice(indexFor(elements, next), 0, next)
        }
        if (next) placed.set(id, next)
        else placed.delete(id)
      }
      if (framesChanged) frames = elements.filter(element => element.kind === 'frame')
      if (layersChanged) layers = [...placedLayers.values()].sort(byStack)
    },
  }
}

/** Where an element is, or belongs. */
function indexFor(elements: readonly Element[], element: Element): number {
  let low = 0
  let high = elements.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (byDepth(elements[middle]!, element) < 0) low = middle + 1
    else high = middle
  }
  return low
}
