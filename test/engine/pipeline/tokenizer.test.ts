import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openTokenizer } from '../../../engine/pipeline/tokenizer.ts'

const fixtures = new URL('../../fixtures/', import.meta.url)
const goldens: { pad: number; length: number; cases: { text: string; ids: number[] }[] } = JSON.parse(
  readFileSync(new URL('goldens/tokenizer.json', fixtures), 'utf8'),
)
const folder = new URL('pipelines/today/tokenizer', fixtures).pathname
const tokenizer = await openTokenizer(folder, 77)

describe('the tokenizer', () => {
  it('has enough goldens to mean something', () => {
    expect(goldens.cases.length).toBeGreaterThanOrEqual(200)
  })

  it.each(goldens.cases)('gives the tokens of transformers for $text', ({ text, ids }) => {
    const padding = new Array(goldens.length - ids.length).fill(goldens.pad)
    expect(tokenizer.encode(text)).toEqual([...ids, ...padding])
  })

  it('gives the tokens of transformers for 2,004 strings of many scripts, ideographs of every plane among them', () => {
    const { cases }: { cases: [string, ...number[]][] } = JSON.parse(
      readFileSync(new URL('goldens/scripts.json', fixtures), 'utf8'),
    )
    expect(cases).toHaveLength(2004)
    const others = cases.filter(([text, ...ids]) => {
      const encoded = tokenizer.encode(text)
      return ids.some((id, i) => encoded[i + 1] !== id) || encoded[ids.length + 1] !== goldens.pad
    })
    expect(others.map(([text]) => [...text].map(letter => letter.codePointAt(0)!.toString(16)).join(' '))).toEqual([])
  })

  it('stands lone surrogates and ten thousand characters', () => {
    expect(tokenizer.encode('\ud800 red \udfff')).toHaveLength(tokenizer.length)
    expect(tokenizer.encode('x'.repeat(10_000))).toHaveLength(tokenizer.length)
  })

  it('names what is missing', async () => {
    await expect(openTokenizer('/nowhere', 77)).rejects.toThrow('tokenizer.json')
  })
})
