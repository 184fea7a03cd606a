import { createStore } from './store.ts'

export interface Toast {
  readonly id: number
  readonly words: string
  readonly tone: 'info' | 'bad'
}

export const toasts = createStore<readonly Toast[]>([])
let nextId = 1
const shownMs = 6_000

/** Says something in passing. The same words twice at once are said once. */
export function notify(words: string, tone: Toast['tone'] = 'info'): void {
  if (toasts.get().some(toast => toast.words === words)) return
  const toast = { id: nextId++, words, tone }
  toasts.update(all => [...all, toast].slice(-3))
  setTimeout(() => dismiss(toast.id), shownMs)
}

export function dismiss(id: number): void {
  toasts.update(all => all.filter(toast => toast.id !== id))
}
