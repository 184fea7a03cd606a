import { highestKey, isDepthKey, keyAbove } from '../protocol/depth.ts'
import { byDepth } from '../protocol/layers.ts'
import { visibleName } from '../protocol/names.ts'
import type { SceneElement } from '../protocol/scene.ts'

/**
 * Elements that came in before their values were checked by the grammar of what reads them, made readable: a depth that
 * the pages' library cannot read stopped drawing for everybody. Returns the elements that had to change.
 */
export function repairElements(elements: Iterable<SceneElement>): SceneElement[] {
  const all = [...elements].sort(byDepth)
  let top = highestKey(all)
  const repaired: SceneElement[] = []
  for (const element of all) {
    let changed = element
    if (!isDepthKey(element.z)) {
      // Above what is readable, in the order in which they lay: most of them were meant to be on top.
      top = keyAbove(top)
      changed = { ...changed, z: top }
    }
    // Nobody draws in a room that is being opened: whose page went away mid-stroke has finished it.
    if (changed.kind === 'stroke' && !changed.done) changed = { ...changed, done: true }
    if (changed.kind === 'frame' || changed.kind === 'layer') {
      const name = visibleName(changed.name)
      if (name !== changed.name) changed = { ...changed, name }
    }
    if (changed !== element) repaired.push(changed)
  }
  return repaired
}
