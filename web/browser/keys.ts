/**
 * The key that was pressed; null while an input method composes (Chinese, Japanese, Korean …): Enter and Escape belong to
 * it then, they take or drop a candidate. Safari says that composing has ended before it tells of that Enter, and marks it
 * with the code 229.
 */
export function keyOf(event: Pick<KeyboardEvent, 'key' | 'keyCode' | 'isComposing'>): string | null {
  return event.isComposing || event.keyCode === 229 ? null : event.key
}
