import { byDepth } from '../../protocol/apply.ts'
import type { Element, FrameElement } from '../../protocol/scene.ts'

/** What can be seen, always in order from back to front; changing one element costs a search, not a sort. */
export interface DepthOrder {
  readonly elements: readonly Element[]
  readonly frames: readonly FrameElement[]
  /** Takes in new versions; `undefined` for an id means that the element is gone altogether. */
  update(versions: Iterable<readonly [id: string, version: Element | undefined]>): void
}

export function createDepthOrder(): DepthOrder {
  const elements: Element[] = []
  const placed = new Map<string, Element>()
  let frames: readonly FrameElement[] = []
  return {
    elements,
    get frames() {
      return frames
    },
    update(versions) {
      let framesChanged = false
      for (const [id, version] of versions) {
        const old = placed.get(id)
        const next = version?.removed ? undefined : version
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
