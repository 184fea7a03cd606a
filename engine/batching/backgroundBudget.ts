/** How much of the device's time background work may take from pictures: a pure account in milliseconds. */

/** Work that can wait, in pieces as short as a call. */
export interface BackgroundWork {
  hasWork(): boolean
  runPiece(): Promise<void>
}

/** Of the time that pictures take, for background work. */
const backgroundShare = 0.1

/** After a call for pictures. */
export function earned(budgetMs: number, callMs: number): number {
  return budgetMs + (callMs * backgroundShare) / (1 - backgroundShare)
}

/** After a piece; below zero until pictures have made up for it. What was earned while nobody waits is worth nothing later. */
export function spent(budgetMs: number, pieceMs: number, hasPictures: boolean): number {
  return (hasPictures ? budgetMs : 0) - pieceMs
}
