import { expect, test } from 'vitest'
import { listQuoted, understand } from '../../protocol/vocabulary.ts'

const words =
  'a an and at boat by cat cats house in lake night on red robot sea snow snowman snowmen the two with'.split(' ')
const otherWords = {
  en: { boat: 'yacht, sailing boat', house: 'igloo', 'by a lake': 'at a pond', two: '2' },
  de: {
    house: 'haus',
    cats: 'katzen',
    boat: 'boot',
    red: 'rot~',
    two: 'zwei',
    a: 'ein, eine',
    and: 'und',
    with: 'mit',
    'by a lake': 'am see',
    'at night': 'bei nacht',
  },
  ja: {
    house: '家',
    cat: '猫',
    snowman: '雪だるま',
    red: '赤い',
    two: '二匹の',
    and: 'と',
    'by a lake': '湖の',
    'in the snow': '雪の',
    'at night': '夜の',
    '': 'の, に',
  },
}
const textOf = (prompt: string) => understand(prompt, { words, otherWords }).text

test('a prompt in the words of the model stays as it is', () => {
  expect(understand('A red house, by the lake!', { words, otherWords })).toEqual({ text: null, unknown: [] })
  expect(understand('', { words, otherWords })).toEqual({ text: null, unknown: [] })
})

test('other words are said in those of the model, the longest phrase first', () => {
  expect(textOf('a red yacht at a pond')).toBe('a red boat by a lake')
  expect(textOf('An igloo')).toBe('a house')
  expect(textOf('2 cats')).toBe('two cats')
})

test('German is told from English by what it finds, with the endings of adjectives', () => {
  expect(textOf('Ein rotes Haus am See bei Nacht')).toBe('a red house by a lake at night')
  expect(textOf('zwei rote Katzen und ein Boot')).toBe('two red cats and a boat')
  expect(textOf('Boot')).toBe('boat')
  expect(understand('a boot', { words, otherWords })).toEqual({ text: null, unknown: ['boot'] })
})

test('Japanese gets articles, plurals and its settings behind the things', () => {
  expect(textOf('夜の湖の赤い家')).toBe('a red house at night by a lake')
  expect(textOf('二匹の猫と雪だるま')).toBe('two cats and a snowman')
  // The longest phrase: no snow in a snowman.
  expect(textOf('雪だるま')).toBe('a snowman')
})

test('words that nothing is known of are left out and named, unless nothing else is said', () => {
  expect(understand('a fluffy cat in the snow, trending', { words, otherWords })).toEqual({
    text: 'a cat in the snow',
    unknown: ['fluffy', 'trending'],
  })
  expect(understand('a dragon by the lake', { words, otherWords }).text).toBe('by the lake')
  expect(understand('ein Haus mit Hut', { words, otherWords })).toEqual({ text: 'a house', unknown: ['Hut'] })
  expect(understand('dragon', { words, otherWords })).toEqual({ text: null, unknown: ['dragon'] })
  expect(understand('赤い竜', { words, otherWords })).toEqual({ text: 'a red', unknown: ['竜'] })
})

test('a vocabulary without other words names what it does not know and changes nothing', () => {
  expect(understand('a fluffy cat', { words })).toEqual({ text: null, unknown: ['fluffy'] })
  expect(listQuoted(['one', 'two'])).toBe('“one” or “two”')
})
