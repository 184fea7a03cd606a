import { remembered } from '../store/remembered.ts'
import type { Readable } from '../store/store.ts'

/** Colors that this browser's person has drawn with, newest first; remembered from visit to visit. */
export interface RecentColors {
  readonly colors: Readable<readonly string[]>
  /** Puts a color, as #rrggbb, in front. */
  use(color: string): void
}

const maxRecent = 8

export function createRecentColors(): RecentColors {
  const colors = remembered<readonly string[]>('recentColors', [], readColors)
  return {
    colors,
    use(color) {
      if (colors.get()[0] === color) return
      colors.update(before => [color, ...before.filter(one => one !== color)].slice(0, maxRecent))
    },
  }
}

const readColors = (stored: unknown): readonly string[] | undefined =>
  Array.isArray(stored)
    ? stored.filter(one => typeof one === 'string' && /^#[0-9a-f]{6}$/.test(one)).slice(0, maxRecent)
    : undefined
