import { createStore, type Store } from './store.ts'

export type Theme = 'auto' | 'light' | 'dark'

/** Stored as a bare word, because web/beforePaint.js reads it before anything else runs. */
export const theme: Store<Theme> = createStore(readTheme())
theme.subscribe(() => {
  const chosen = theme.get()
  if (chosen === 'auto') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = chosen
  storeTheme(chosen)
})
function storeTheme(chosen: Theme): void {
  try {
    if (chosen === 'auto') localStorage.removeItem('fourstroke.theme')
    else localStorage.setItem('fourstroke.theme', chosen)
  } catch (error) {
    console.info('Could not remember the theme.', error)
  }
}
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
