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
