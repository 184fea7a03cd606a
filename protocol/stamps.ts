import { plainBrush, type StrokeElement } from './scene.ts'

/** How much pressure thins a stroke: at pressure 0 it is (1 − thinning) / (1 + thinning) of its full width. */
export const thinning = 0.6

/** Stamps stand this share of their diameter apart, so that together they look like one stroke. */
const spacing = 1 / 8
/** Scene units; nothing is to be seen of what would stand closer. */
const minSpacing = 0.5
/** After so many stamps the next ones stand twice as far apart, and so on: no stroke, however far it leads, costs much more. */
const stampsBeforeWidening = 8_000
/** Of a point against the one before, so that a trembling hand leaves a calm line; perfect-freehand's streamline of 0.35. */
const following = 0.15 + (1 - 0.35) * 0.85

/** What of a stroke decides where its stamps fall. */
export type Stamped = Pick<StrokeElement, 'size' | 'brush'>

/**
 * Places the stamps of a stroke. It goes on from where it is, so a stroke that grows costs what is new of it;
 * where it leads has no influence on what lies behind.
 */
export interface StampPlacer {
  /** Flat x, y, radius, opacity (0…1) of each stamp, relative to the stroke's position and before its scale. */
  readonly stamps: number[]
  /** Numbers of `points` that have their stamps. */
  readonly placed: number
  /** Goes on to the end of flat x, y, pressure triples that begin as those before did. */
  follow(points: readonly number[], end?: number): void
  /** A stroke that is done reaches its last point. */
  finish(): void
  /** Another that goes on from here, with no stamps yet. */
  fork(): StampPlacer
}

interface Place {
  readonly x: number
  readonly y: number
  readonly pressure: number
}

export function createStampPlacer(stroke: Stamped): StampPlacer {
  return placerFrom(stroke, { at: null, last: null, ahead: 0, count: 0, placed: 0 })
}

interface PlacerState {
  /** Where it is, on the calmed line. */
  readonly at: Place | null
  /** The stroke's own last point. */
  readonly last: Place | null
  /** Scene units to the next stamp. */
  readonly ahead: number
  /** Stamps that were set. */
  readonly count: number
  readonly placed: number
}

function placerFrom({ size, brush = plainBrush }: Stamped, start: PlacerState): StampPlacer {
  const { flow, pressureOnSize, pressureOnOpacity } = brush
  const stamps: number[] = []
  let { at, last, ahead, count, placed } = start

  const radiusAt = (pressure: number) =>
    pressureOnSize ? (size / 2) * ((1 - thinning + 2 * thinning * pressure) / (1 + thinning)) : size / 2

  /** Sets a stamp and returns how far away the next one is. */
  function stamp({ x, y, pressure }: Place): number {
    const radius = radiusAt(pressure)
    const wider = 2 ** Math.floor(count++ / stampsBeforeWidening)
    const opacity = flow * (pressureOnOpacity ? pressure : 1)
    // Fewer stamps lay down as much ink.
    stamps.push(x, y, radius, 1 - (1 - opacity) ** wider)
    return Math.max(minSpacing, 2 * radius * spacing) * wider
  }

  function placeTo(to: Place): void {
    if (!at) {
      ahead = stamp(to)
      at = to
      return
    }
    const from = at
    const length = Math.hypot(to.x - from.x, to.y - from.y)
    let done = 0
    while (done + ahead <= length) {
      done += ahead
      ahead = stamp(between(from, to, done / length))
    }
    ahead -= length - done
    at = to
  }

  return {
    stamps,
    get placed() {
      return placed
    },
    follow(points, end = points.length) {
      for (; placed + 2 < end; placed += 3) {
        last = { x: points[placed]!, y: points[placed + 1]!, pressure: points[placed + 2]! }
        placeTo(at ? between(at, last, following) : last)
      }
    },
    finish() {
      if (last) placeTo(last)
    },
    fork: () => placerFrom({ size, brush }, { at, last, ahead, count, placed }),
  }
}

const between = (a: Place, b: Place, t: number): Place => ({
  x: a.x + (b.x - a.x) * t,
  y: a.y + (b.y - a.y) * t,
  pressure: a.pressure + (b.pressure - a.pressure) * t,
})

/** All stamps of a stroke, flat as in `StampWalk`. */
export function strokeStamps(stroke: StrokeElement): readonly number[] {
  const known = stampsOf.get(stroke)
  if (known) return known
  const placer = createStampPlacer(stroke)
  placer.follow(stroke.points)
  if (stroke.done) placer.finish()
  stampsOf.set(stroke, placer.stamps)
  return placer.stamps
}

/** Elements are never altered in place: stamps of one version, gone with it. */
const stampsOf = new WeakMap<StrokeElement, readonly number[]>()
