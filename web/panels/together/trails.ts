/** A point of somebody's trail, in scene units, and when it came, in milliseconds. */
export interface TrailPoint {
  readonly x: number
  readonly y: number
  readonly at: number
}
/** By person, oldest point first. */
export type Trails = ReadonlyMap<string, readonly TrailPoint[]>

/** So long a trail is seen behind its tip. */
export const fadeMs = 900
const maxPoints = 80

export function addPoint(trails: Trails, person: string, point: TrailPoint): Trails {
  const trail = trails.get(person) ?? []
  const last = trail.at(-1)
  if (last && last.x === point.x && last.y === point.y) return trails
  return new Map(trails).set(person, [...trail, point].slice(-maxPoints))
}

export function withoutFaded(trails: Trails, now: number): Trails {
  const left = new Map<string, readonly TrailPoint[]>()
  for (const [person, trail] of trails) {
    const points = trail.filter(({ at }) => now - at < fadeMs)
    if (points.length > 0) left.set(person, points)
  }
  return left
}
