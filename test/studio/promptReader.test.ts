import { expect, test } from 'vitest'
import { openTokenizer } from '../../engine/index.ts'
import { createPromptReader } from '../../studio/pictures/promptReader.ts'

const folder = 'models/fourstroke-256'
const words = Array.from({ length: 120 }, (_, index) => ['red', 'blue', 'house', 'lake'][index % 4]!)

test('says which words come after the last token that the model reads', async () => {
  const { unread } = await createPromptReader({ folder })(words.join(' '))
  const left = unread.split(' ')
  expect(left.length).toBeGreaterThan(30)
  expect(words.slice(-left.length)).toEqual(left)
  // Each word is one token, and so are the beginning and the end.
  const { length } = await openTokenizer(`${folder}/tokenizer`, 77)
  expect(words.length - left.length).toBe(length - 2)
})

test('a short prompt is read whole, and without a tokenizer nothing is claimed', async () => {
  expect(await createPromptReader({ folder })('a red house')).toEqual({ unknownWords: [], unread: '' })
  expect((await createPromptReader({ folder: '/nowhere' })(words.join(' '))).unread).toBe('')
})

test('knows the words of a small model', async () => {
  const vocabulary = { words: ['a', 'red', 'house'], examples: [] }
  const { unknownWords } = await createPromptReader({ folder, vocabulary })('a red dragon')
  expect(unknownWords).toEqual(['dragon'])
  const otherWords = { en: {}, de: { house: 'haus', a: 'ein' }, ja: {} }
  const read = createPromptReader({ folder, vocabulary: { ...vocabulary, otherWords } })
  expect((await read('ein Haus mit Garten')).unknownWords).toEqual(['mit', 'Garten'])
})
