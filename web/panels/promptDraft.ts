import { mergeText } from '../../protocol/mergeText.ts'

/** What is being typed in a prompt, and the prompt that it began from or has followed since. */
export interface PromptDraft {
  readonly base: string
  readonly text: string
}

/** The draft with what others have typed meanwhile. The same object if there is nothing new. */
export function followPrompt(draft: PromptDraft, prompt: string): PromptDraft {
  if (prompt === draft.base) return draft
  return { base: prompt, text: mergeText(draft.base, prompt, draft.text) }
}

/** Where a caret goes that stood in `before` when the text becomes `after`: it stays at the words that it stood at. */
export function moveCaret(caret: number, before: string, after: string): number {
  const shorter = Math.min(before.length, after.length)
  let head = 0
  while (head < shorter && before[head] === after[head]) head++
  let tail = 0
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++
  if (caret <= head) return caret
  return Math.max(head, caret + after.length - before.length)
}
