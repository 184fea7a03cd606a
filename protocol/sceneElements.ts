import { pointsOf } from './apply.ts'
import { limits } from './limits.ts'
import type { SceneElement } from './scene.ts'

/** The elements of one scene. Whoever walks through it walks through what is there, however much was removed before. */
export interface SceneElements {
  /** By id, removed ones too, as they may come back. The same object for ever. */
  readonly all: ReadonlyMap<string, SceneElement>
  /** Those that are not removed, by id. The same object for ever. */
  readonly present: ReadonlyMap<string, SceneElement>
  /** In all strokes and areas, removed ones included. */
  readonly points: number
  /** Puts elements in the place of their older versions, and returns the ids of those that had to be forgotten for it. */
  put(elements: Iterable<SceneElement>): string[]
}

/** What a scene holds before it forgets what was removed longest ago, and how much of that it remembers in any case. */
interface Room {
  readonly elements: number
  readonly points: number
  readonly removed: number
}

/** So that an evening of drawing and taking back never fills a room. */
const beforeItIsFull: Room = {
  elements: limits.maxElements * 0.75,
  points: limits.maxPointsPerRoom * 0.75,
  removed: 1_000,
}

export function createSceneElements(elements: Iterable<SceneElement> = [], room: Room = beforeItIsFull): SceneElements {
  const all = new Map<string, SceneElement>()
  const present = new Map<string, SceneElement>()
  /** Ink that was removed, longest ago first. Frames and layers are few, and what lies on them needs them. */
  const removedInk = new Set<string>()
  let points = 0

  function putOne(element: SceneElement) {
    const { id, kind, removed } = element
    const older = all.get(id)
    points += pointsOf(element) - (older ? pointsOf(older) : 0)
    all.set(id, element)
    if (removed) present.delete(id)
    else present.set(id, element)
    if (!removed) removedInk.delete(id)
    else if (kind !== 'frame' && kind !== 'layer') removedInk.add(id)
  }

  function forget(): string[] {
    const forgotten: string[] = []
    for (const id of removedInk) {
      if (removedInk.size <= room.removed || (all.size <= room.elements && points <= room.points)) break
      points -= pointsOf(all.get(id)!)
      all.delete(id)
      removedInk.delete(id)
      forgotten.push(id)
    }
    return forgotten
  }

  for (const element of elements) putOne(element)
  return {
    all,
    present,
    get points() {
      return points
    },
    put(changed) {
      for (const element of changed) putOne(element)
      return forget()
    },
  }
}
