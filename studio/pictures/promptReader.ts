import { join } from 'node:path'
import { type ModelInfo, openTokenizer, type Tokenizer } from '../../engine/index.ts'
import { understand } from '../../protocol/vocabulary.ts'

/** What the model makes nothing of in a prompt. */
export interface PromptNotes {
  /** Words that a small model has never seen, each once, as they were typed. */
  readonly unknownWords: readonly string[]
  /** The end of the prompt that lies beyond the model's tokens; empty where all is read. */
  readonly unread: string
}

/** Says what the model makes nothing of in a prompt; finds nothing where it cannot know. */
export type ReadPrompt = (prompt: string) => Promise<PromptNotes>

/** Only where a folder does not say it; Stable Diffusion's. */
const usualTextLength = 77

export function createPromptReader({ folder, vocabulary }: Pick<ModelInfo, 'folder' | 'vocabulary'>): ReadPrompt {
  let opening: Promise<Tokenizer | null> | undefined
  // A model without one that we can read has its prompts cut where nobody sees it.
  const tokenizerOf = () => (opening ??= openTokenizer(join(folder, 'tokenizer'), usualTextLength).catch(() => null))

  return async prompt => {
    const tokenizer = await tokenizerOf()
    const { text = null, unknown = [] } = vocabulary ? understand(prompt, vocabulary) : {}
    return {
      unknownWords: unknown,
      unread: tokenizer ? unreadEnd(text ?? prompt, tokenizer) : '',
    }
  }
}

/** The words from the first on that is not read whole. */
function unreadEnd(prompt: string, { fits }: Tokenizer): string {
  if (fits(prompt)) return ''
  const words = prompt.split(/\s+/).filter(Boolean)
  // The longest beginning that fits has `low` words; one of `high` does not fit.
  let low = 0
  let high = words.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (fits(words.slice(0, middle).join(' '))) low = middle
    else high = middle
  }
  return words.slice(low).join(' ')
}
