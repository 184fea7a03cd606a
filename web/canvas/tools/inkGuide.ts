import type { Point } from '../view.ts'

/** A place where ink goes. */
export interface InkPoint extends Point {
  /** 0…1 */
  readonly pressure: number
}

export interface InkGuideOptions {
  /** Scene units by which the brush hangs behind the hand, as if pulled on a string: a trembling hand leaves a calm line. */
  readonly string: number
  /** Scene units between the points of a straight line. */
  readonly step: number
}

/** Turns where a hand goes into where ink goes: calmed by the stabiliser, and straight while that is asked for. */
export interface InkGuide {
  /** Ink that the hand's next place brings. */
  follow(hand: InkPoint, options: { readonly straight: boolean }): readonly InkPoint[]
  /** Ink that lies between the brush and the hand: shown until more is known, and laid down when the hand is lifted. */
  rest(): readonly InkPoint[]
}

/** Straight lines that nearly lie along an axis or a diagonal do so: radians. */
const snapWithin = (4 * Math.PI) / 180
/** So many points at most make a straight line. */
const maxLinePoints = 200

export function createInkGuide({ string, step }: InkGuideOptions): InkGuide {
  /** Where the brush is. */
  let brush: InkPoint | null = null
  let hand: InkPoint | null = null
  let isStraight = false

  function put(points: readonly InkPoint[]): readonly InkPoint[] {
    brush = points.at(-1) ?? brush
    return points
  }

  function rest(): readonly InkPoint[] {
    if (!brush || !hand) return []
    return line(brush, isStraight ? snapped(brush, hand) : hand, step)
  }

  return {
    follow(next, { straight }) {
      if (!brush) {
        hand = next
        return put([next])
      }
      const finished = isStraight && !straight ? put(rest()) : []
      hand = next
      isStraight = straight
      return straight ? finished : [...finished, ...put(pulled(brush, next, string))]
    },
    rest,
  }
}

/** Where a brush comes to lie that is pulled on a string of this length; nowhere else while the string is slack. */
function pulled(brush: InkPoint, hand: InkPoint, string: number): readonly InkPoint[] {
  const distance = Math.hypot(hand.x - brush.x, hand.y - brush.y)
  if (distance <= string) return string === 0 ? [hand] : []
  return [{ ...between(brush, hand, 1 - string / distance), pressure: hand.pressure }]
}

function snapped(from: Point, to: InkPoint): InkPoint {
  const angle = Math.atan2(to.y - from.y, to.x - from.x)
  const eighth = Math.round(angle / (Math.PI / 4)) * (Math.PI / 4)
  if (Math.abs(angle - eighth) > snapWithin) return to
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  return { ...to, x: from.x + length * Math.cos(eighth), y: from.y + length * Math.sin(eighth) }
}

/** Points on the way: outlines are smoothed from point to point, which a single far one would bend. */
function line(from: InkPoint, to: InkPoint, step: number): InkPoint[] {
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  if (length === 0) return []
  const count = Math.min(maxLinePoints, Math.max(1, Math.ceil(length / step)))
  return Array.from({ length: count }, (_, index) => between(from, to, (index + 1) / count))
}

const between = (a: InkPoint, b: InkPoint, t: number): InkPoint => ({
  x: a.x + (b.x - a.x) * t,
  y: a.y + (b.y - a.y) * t,
  pressure: a.pressure + (b.pressure - a.pressure) * t,
})
