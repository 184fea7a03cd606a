import { remembered } from './remembered.ts'
import { createStore, type Store } from './store.ts'

export type Theme = 'auto' | 'light' | 'dark'

/** Stored as a bare word, because public/theme.js reads it before anything else runs. */
export const theme: Store<Theme> = createStore(readTheme())
theme.subscribe(() => {
  const chosen = theme.get()
  if (chosen === 'auto') {
    localStorage.removeItem('fourstroke.theme')
    delete document.documentElement.dataset['theme']
  } else {
    localStorage.setItem('fourstroke.theme', chosen)
    document.documentElement.dataset['theme'] = chosen
  }
})
function readTheme(): Theme {
  const chosen = document.documentElement.dataset['theme']
  return chosen === 'light' || chosen === 'dark' ? chosen : 'auto'
}

const systemDark = matchMedia('(prefers-color-scheme: dark)')
export function isDark(): boolean {
  return theme.get() === 'dark' || (theme.get() === 'auto' && systemDark.matches)
}
/** Calls back when light turns dark, by choice or by the system's clock. */
export function onThemeChange(listener: () => void): () => void {
  const stop = theme.subscribe(listener)
  systemDark.addEventListener('change', listener)
  return () => {
    stop()
    systemDark.removeEventListener('change', listener)
  }
}

export const prefersStillness = matchMedia('(prefers-reduced-motion: reduce)')

export interface RecentRoom {
  readonly secret: string
  readonly name: string
  readonly visitedAt: number
}
const maxRecentRooms = 8
export const recentRooms = remembered<readonly RecentRoom[]>('rooms', [], stored =>
  Array.isArray(stored) ? stored.filter(isRecentRoom) : undefined,
)
export function rememberRoom(secret: string, name: string): void {
  recentRooms.update(rooms =>
    [{ secret, name, visitedAt: Date.now() }, ...rooms.filter(room => room.secret !== secret)].slice(0, maxRecentRooms),
  )
}
export function forgetRoom(secret: string): void {
  recentRooms.update(rooms => rooms.filter(room => room.secret !== secret))
}
function isRecentRoom(value: unknown): value is RecentRoom {
  if (typeof value !== 'object' || value === null) return false
  const room = value as Record<string, unknown>
  return typeof room['secret'] === 'string' && typeof room['name'] === 'string' && typeof room['visitedAt'] === 'number'
}

/** The name that a person gave last, used again in the next room. */
export const myName = remembered('name', '', stored => (typeof stored === 'string' ? stored : undefined))
