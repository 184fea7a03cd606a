import type { Box } from '../../../protocol/scene.ts'
import { createStore, type Store } from '../../store/store.ts'
import type { Point } from '../view.ts'

/** One stroke or outline of a region, in scene units from its frame's upper left corner. */
export type RegionPiece =
  | { readonly type: 'outline'; readonly points: readonly Point[] }
  | { readonly type: 'brush'; readonly points: readonly Point[]; readonly width: number }

/** A part of a frame that somebody here is choosing; nobody else sees it yet. */
export interface RegionDraft {
  readonly frameId: string
  readonly pieces: readonly RegionPiece[]
  /** It stays chosen after it was painted, and gives way to what came of it. */
  readonly isPainted?: boolean
}

/** The part that is being chosen on this page; one page shows one room. */
export const regionDraft: Store<RegionDraft | null> = createStore<RegionDraft | null>(null)

/** What has been chosen with one piece more; without `adds` it takes the place of all others. */
export function withPiece(
  draft: RegionDraft | null,
  frameId: string,
  piece: RegionPiece,
  { adds }: { readonly adds: boolean },
): RegionDraft {
  const before = adds && draft?.frameId === frameId ? draft.pieces : []
  return { frameId, pieces: [...before, piece] }
}

/** Whether a piece covers anything: a slip of the hand does not. `smallest`: in scene units. */
export function isWorthIt(piece: RegionPiece, smallest: number): boolean {
  if (piece.type === 'brush') return true
  const [xs, ys] = [piece.points.map(({ x }) => x), piece.points.map(({ y }) => y)]
  return piece.points.length > 2 && spread(xs) > smallest && spread(ys) > smallest
}

/** How far a hand that draws a straight line leaves it, as a part of its length. */
const tremble = 0.05

/** What a lasso chooses: what it encloses, or the box whose diagonal it is where it goes straight across. */
export function lassoOutline(points: readonly Point[]): readonly Point[] {
  const [from, to] = [points[0]!, points.at(-1)!]
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  const length = Math.hypot(dx, dy)
  const isStraight = points.every(
    ({ x, y }) => Math.abs(dx * (y - from.y) - dy * (x - from.x)) <= tremble * length * length,
  )
  if (length === 0 || !isStraight) return points
  return outlineOf({ x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), width: Math.abs(dx), height: Math.abs(dy) })
}

const spread = (numbers: readonly number[]): number => Math.max(...numbers) - Math.min(...numbers)

/** The corners of a box, as an outline. */
export const outlineOf = ({ x, y, width, height }: Box): Point[] => [
  { x, y },
  { x: x + width, y },
  { x: x + width, y: y + height },
  { x, y: y + height },
]

/** A piece as an SVG path. A brush that has stayed in one place leaves a dot. */
export function pathOf({ type, points }: RegionPiece): string {
  const at = ({ x, y }: Point) => `${x.toFixed(1)} ${y.toFixed(1)}`
  const path = `M${points.map(at).join('L')}`
  if (type === 'outline') return `${path}Z`
  return points.length === 1 ? `${path}h.01` : path
}
