import type { Me } from '../../protocol/styles.ts'
import { createStore } from '../store/store.ts'
import { notify } from '../store/toasts.ts'
import { becomeGuest, messageFor, request } from './http.ts'

/** Who sits at this browser, as the server knows them; null until it was asked. */
export const me = createStore<Me | null>(null)

export async function loadMe(): Promise<Me> {
  await becomeGuest()
  const now = await request<Me>('GET', '/api/me')
  me.set(now)
  return now
}

/** Pictures in chat have no style any more, unless they name one. */
export async function forgetDefaultStyle(): Promise<void> {
  me.set(await request<Me>('DELETE', '/api/me/default-style'))
}

/** Where a sign-in begins; it comes back to this page. */
export function signInPath({ join }: { join: boolean }): string {
  return `/auth/discord?then=${encodeURIComponent(location.pathname)}${join ? '&join=1' : ''}`
}

const codeOf = (): string | null => new URLSearchParams(location.hash.slice(1)).get('code')

/** Whether this page was opened by a link that signs somebody in. */
export const hasCode = (): boolean => codeOf() !== null

/** A link from chat carries a code that signs its owner in, once. It leaves the address before anything else happens. */
export async function followCode(): Promise<void> {
  const code = codeOf()
  if (code === null) return
  history.replaceState(history.state, '', location.pathname + location.search)
  try {
    me.set(await request<Me>('POST', '/auth/code', { code }))
  } catch (error) {
    // The room opens all the same, for whoever this browser is already.
    notify(messageFor(error), 'bad')
  }
}

/** Everything on the page belongs to somebody: whoever it is now begins with a fresh one. */
export async function joinMyThings(): Promise<void> {
  await request('POST', '/auth/join')
  location.reload()
}
export async function signOut(): Promise<void> {
  await request('POST', '/auth/out')
  location.reload()
}
