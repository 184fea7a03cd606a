/** What a key means in the prompt's field; null: it is typed. */
export type PromptKey = 'finish' | 'leave' | null

/**
 * Enter finishes the prompt and Shift with Enter begins a new line. While an input method composes (Chinese, Japanese,
 * Korean …), Enter and Escape belong to it: they take or drop a candidate.
 */
export function promptKey(event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'isComposing'>): PromptKey {
  if (event.isComposing) return null
  if (event.key === 'Escape') return 'leave'
  return event.key === 'Enter' && !event.shiftKey ? 'finish' : null
}
