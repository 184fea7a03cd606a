import { createStore } from './store.ts'

export interface Toast {
  readonly id: number
  readonly message: string
  readonly tone: 'info' | 'bad'
}

export const toasts = createStore<readonly Toast[]>([])
let nextId = 1
const shownMs = 6_000

/** Says something in passing. The same text twice at once are said once. */
export function notify(message: string, tone: Toast['tone'] = 'info'): void {
  if (toasts.get().some(toast => toast.message === message)) return
  const toast = { id: nextId++, message, tone }
  toasts.update(all => [...all, toast].slice(-3))
  setTimeout(() => dismiss(toast.id), shownMs)
}

export function dismiss(id: number): void {
  toasts.update(all => all.filter(toast => toast.id !== id))
}
