import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openTokenizer } from '../../engine/pipeline/tokenizer.ts'
import { learnBytePairs, startOfText, tokenizerFiles, wordsOf } from '../../training/workspace/bpe.ts'

const captions = ['a red house by a lake', 'a red tree', 'two red houses, papercut', "the painter's café at night"]

describe('a byte pair encoding learned from captions', () => {
  const pairs = learnBytePairs(captions, 600)

  it('is read by the tokenizer that reads CLIP folders, and says the same words again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fourstroke-bpe-'))
    for (const [name, content] of Object.entries(tokenizerFiles(pairs, 32))) writeFileSync(join(folder, name), content)
    const tokenizer = await openTokenizer(folder, 77)
    rmSync(folder, { recursive: true })
    const tokenOf = Object.fromEntries(Object.entries(pairs.vocab).map(([token, id]) => [id, token]))
    for (const caption of captions) {
      const ids = tokenizer.encode(caption)
      expect(ids).toHaveLength(32)
      expect(tokenOf[ids[0]!]).toBe(startOfText)
      const end = ids.indexOf(Object.keys(pairs.vocab).length - 1)
      const said = ids
        .slice(1, end)
        .map(id => tokenOf[id])
        .join('')
      // The accent is two bytes, which byte-level tokens show as two other signs.
      expect(said.split('</w>').slice(0, -1)).toEqual(wordsOf(caption).map(word => word.replace('é', 'Ã©')))
    }
  })

  it('has one token for a frequent word, and the same tokens every time', () => {
    expect(pairs.vocab['red</w>']).toBeDefined()
    expect(learnBytePairs([...captions], 600)).toEqual(pairs)
  })

  it('numbers its tokens without gaps: bytes, bytes at the end of a word, merges, start, end', () => {
    const ids = Object.values(pairs.vocab)
    expect([...ids].sort((a, b) => a - b)).toEqual(ids.map((_, index) => index))
    expect(pairs.vocab[startOfText]).toBe(ids.length - 2)
  })

  it('refuses a vocabulary that cannot hold the bytes', () => {
    expect(() => learnBytePairs(captions, 500)).toThrow('Expected a vocabulary of at least 514 tokens, got 500')
  })
})
