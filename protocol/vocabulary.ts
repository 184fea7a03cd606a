/** Words of a prompt that are not in the model's vocabulary, each once, as they were typed. */
export function unknownWords(prompt: string, vocabulary: readonly string[]): string[] {
  const known = new Set(vocabulary.map(word => word.toLowerCase()))
  const found = prompt.match(/[\p{L}\p{M}][\p{L}\p{M}'’-]*/gu) ?? []
  return [...new Set(found.filter(word => !known.has(word.toLowerCase())))]
}

/** Words as a list in English: “one”, “two”, or 3 more. */
export function listQuoted(words: readonly string[]): string {
  const quoted = words.slice(0, 4).map(word => `“${word}”`)
  if (words.length > 4) quoted.push(`${words.length - 4} more`)
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(quoted)
}
