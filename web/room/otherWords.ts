import { otherWordsPath } from '../../protocol/http.ts'
import type { OtherWords } from '../../protocol/vocabulary.ts'
import { createStore } from '../store/store.ts'
import { request } from './http.ts'

/** What other words mean to the model; null: it has no such table, undefined: not known yet. */
export const otherWords = createStore<OtherWords | null | undefined>(undefined)

let loading: Promise<void> | undefined

/** Loads the table once; without it words are only told apart. */
export function loadOtherWords(): Promise<void> {
  loading ??= request<OtherWords | null>('GET', otherWordsPath)
    .then(otherWords.set)
    .catch(() => {
      otherWords.set(null)
      loading = undefined
    })
  return loading
}
