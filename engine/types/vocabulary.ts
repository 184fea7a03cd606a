/** `vocabulary.json` beside `model_index.json`. */
export interface Vocabulary {
  /** Every word the captions used, lower case. */
  readonly words: readonly string[]
  readonly examples: readonly string[]
  /** What the model paints where a prompt leaves something open; absent where nothing of that kind was trained. */
  readonly unsaid?: readonly UnsaidMeaning[]
  /** Words of the model → phrases between commas that are understood as them, by language (`protocol/vocabulary.ts`). */
  readonly otherWords?: Readonly<Record<'en' | 'de' | 'ja', Readonly<Record<string, string>>>>
}

/** What a prompt means that has none of the words of `unless`, lower case. */
export interface UnsaidMeaning {
  readonly phrase: string
  readonly unless: readonly string[]
}

/** What the model understands where a prompt is silent, such as "by day, in clear weather"; undefined if all is said. */
export function unsaidIn(prompt: string, { unsaid = [] }: Vocabulary): string | undefined {
  const present = new Set(prompt.toLowerCase().match(/\p{L}+/gu))
  const open = unsaid.filter(({ unless }) => !unless.some(word => present.has(word)))
  return open.length > 0 ? open.map(({ phrase }) => phrase).join(', ') : undefined
}
