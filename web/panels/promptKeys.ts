import { keyOf } from '../browser/keys.ts'

/** What a key means in the prompt's field; null: it is typed. */
export type PromptKey = 'finish' | 'leave' | null

/** Enter finishes the prompt and Shift with Enter begins a new line. */
export function promptKey(event: Pick<KeyboardEvent, 'key' | 'keyCode' | 'shiftKey' | 'isComposing'>): PromptKey {
  const key = keyOf(event)
  if (key === 'Escape') return 'leave'
  return key === 'Enter' && !event.shiftKey ? 'finish' : null
}
