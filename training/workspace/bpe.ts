/**
 * Learns a byte pair encoding in CLIP's file format from captions, so that the tokenizer that reads CLIP's files reads
 * ours. Vocabulary, as CLIP's: 256 byte symbols, the same 256 with `</w>`, the merges, start, end.
 */
export interface BytePairs {
  readonly vocab: Readonly<Record<string, number>>
  readonly merges: readonly string[]
}

export const startOfText = '<|startoftext|>'
export const endOfText = '<|endoftext|>'

/** CLIP's words: letters together, digits one by one, other signs together. */
export const wordPattern = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/gu

export function wordsOf(caption: string): string[] {
  return caption.toLowerCase().replace(/\s+/g, ' ').trim().match(wordPattern) ?? []
}

/** Byte pair encoding (arXiv 1508.07909): join the most frequent pair, again and again, until `size` tokens exist. */
export function learnBytePairs(captions: Iterable<string>, size: number): BytePairs {
  const symbols = byteSymbols()
  if (size < symbols.length * 2 + 2) {
    throw new Error(`Expected a vocabulary of at least ${symbols.length * 2 + 2} tokens, got ${size}.`)
  }
  const counts = new Map<string, number>()
  for (const caption of captions) {
    for (const word of wordsOf(caption)) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  const preTokens = [...counts].map(([word, count]) => ({ parts: partsOf(word), count }))
  const merges: string[] = []
  while (merges.length < size - symbols.length * 2 - 2) {
    const best = mostFrequentPair(preTokens)
    if (best === undefined) break
    merges.push(best)
    const [left, right] = best.split(' ') as [string, string]
    for (const word of preTokens) word.parts = join(word.parts, left, right)
  }
  const tokens = [
    ...symbols,
    ...symbols.map(symbol => `${symbol}</w>`),
    ...merges.map(merge => merge.replace(' ', '')),
    startOfText,
    endOfText,
  ]
  return { vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges }
}

/** `tokenizer/` of the model folder: name → content. */
export function tokenizerFiles({ vocab, merges }: BytePairs, maxLength: number): Record<string, string> {
  const special = (content: string) => ({ content, lstrip: false, normalized: true, rstrip: false, single_word: false })
  const names = {
    bos_token: special(startOfText),
    eos_token: special(endOfText),
    pad_token: endOfText,
    unk_token: special(endOfText),
  }
  const config = {
    add_prefix_space: false,
    ...names,
    bos_token: { __type: 'AddedToken', ...names.bos_token },
    eos_token: { __type: 'AddedToken', ...names.eos_token },
    unk_token: { __type: 'AddedToken', ...names.unk_token },
    do_lower_case: true,
    errors: 'replace',
    model_max_length: maxLength,
    tokenizer_class: 'CLIPTokenizer',
  }
  return {
    'vocab.json': `${JSON.stringify(vocab)}\n`,
    'merges.txt': `#version: 0.2\n${merges.join('\n')}\n`,
    'tokenizer_config.json': `${JSON.stringify(config, null, 2)}\n`,
    'special_tokens_map.json': `${JSON.stringify(names, null, 2)}\n`,
  }
}

function mostFrequentPair(preTokens: readonly { readonly parts: readonly string[]; readonly count: number }[]) {
  const counts = new Map<string, number>()
  for (const { parts, count } of preTokens) {
    for (let at = 0; at + 1 < parts.length; at++) {
      const pair = `${parts[at]} ${parts[at + 1]}`
      counts.set(pair, (counts.get(pair) ?? 0) + count)
    }
  }
  let best: string | undefined
  // Ties go to the pair that comes first in the alphabet, so that the same captions give the same files.
  for (const [pair, count] of counts) {
    if (best === undefined || count > counts.get(best)! || (count === counts.get(best)! && pair < best)) best = pair
  }
  return best
}

function join(parts: readonly string[], left: string, right: string): string[] {
  const joined: string[] = []
  for (let at = 0; at < parts.length; at++) {
    if (parts[at] === left && parts[at + 1] === right) {
      joined.push(left + right)
      at++
    } else joined.push(parts[at]!)
  }
  return joined
}

/** The bytes of a word as printable signs, the last with the end mark. */
function partsOf(word: string): string[] {
  const parts = [...new TextEncoder().encode(word)].map(byte => symbolOfByte[byte]!)
  parts[parts.length - 1] += '</w>'
  return parts
}

/** GPT-2's table: printable bytes stand for themselves, the others for signs from U+0100 upwards. */
const symbolOfByte: readonly string[] = (() => {
  const printable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)
  let next = 0x100
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++))
})()

/** In CLIP's order: printable bytes first. */
function byteSymbols(): string[] {
  return [...symbolOfByte].sort((a, b) => a.charCodeAt(0) - b.charCodeAt(0))
}
