import { describe, expect, it } from 'vitest'
import { createBlockedWords, strangersBlockedWords } from '../../../studio/moderation/blockedWords.ts'
import { type LetterRun, runsOf, standsIn } from '../../../studio/moderation/letterRuns.ts'

const words = createBlockedWords(['blood', 'gore', 'porn*', 'kill them', '/\\bw[a4]r\\b/'])

describe('blocked words', () => {
  it.each([
    ...[
      'blood',
      'a BLOOD red sea',
      'blöod',
      'bl00d',
      'b\u043b\u043e\u043ed'.replace('\u043b', 'l'),
      'ｂｌｏｏｄ',
      'blooood',
    ],
    ...['b l o o d', 'b.l.o.o.d', 'b\u200blood', 'bl\u0336o\u0336od', 'gοre', 'pornography', 'pörn', 'p0rn'],
    ...['kill   them', 'kill-them', 'a w4r', '𝖇𝖑𝖔𝖔𝖉', 'a b.l.o.o.d bath', 'I p-o-r-n a'],
  ])('finds %s', text => {
    expect(words.find(text)).not.toBeNull()
  })
  it.each([
    'bloodhound',
    'a gorey',
    'a red house by a lake',
    'them kill',
    'forward',
    '',
    '   ',
    '1 2 3',
    'b l u e',
    'plan B: load',
  ])('lets %s be', text => expect(words.find(text)).toBeNull())
  it('has nothing to find where nothing is blocked', () => {
    expect(createBlockedWords([]).find('blood')).toBeNull()
  })
  it('lets ordinary prompts be with the list for strangers', () => {
    const list = createBlockedWords(strangersBlockedWords)
    for (const prompt of [
      ...['a red house by a lake, watercolour', 'a boat at dusk', 'Essex in autumn', 'a bass player in Scunthorpe'],
      ...['rapeseed field', 'a cockerel', 'nudge the ball', 'analysis of a graph', 'a grapevine', 'a Nazca line'],
    ]) {
      expect([prompt, list.find(prompt)]).toEqual([prompt, null])
    }
    for (const prompt of ['n.u.d.e', 'PØRN', 'ｈｅｎｔａｉ', 'n\u0430zi flag']) expect(list.find(prompt)).not.toBeNull()
  })
  it.each(['blod', 'b l o d', 'bl ood', 'b loo d', 'kil them', 'kill the'])(
    'lets %s be, which is not that word',
    text => expect(words.find(text)).toBeNull(),
  )
  it('looks at each letter as often as the word is long, however a text repeats itself', () => {
    const wanted = runsOf('ababababac')
    for (const text of ['ab'.repeat(1500), 'a'.repeat(3000), `${'a'.repeat(50)}b`.repeat(60)]) {
      const { runs, looks } = countLooks(runsOf(text))
      expect(standsIn(runs, wanted)).toBe(false)
      expect(looks()).toBeLessThanOrEqual(text.length * (wanted.length + 1))
    }
    expect(words.find(`${'o '.repeat(1500)}b l o o d`)).toBe('blood')
    expect(words.find(`bl${'o'.repeat(3000)}`)).toBeNull()
  })
})

/** The same letters, and how often one of them was looked at. */
function countLooks(letters: readonly LetterRun[]): { runs: readonly LetterRun[]; looks: () => number } {
  let count = 0
  const runs = new Proxy(letters, {
    get(target, key) {
      if (typeof key === 'string' && /^[0-9]+$/.test(key)) count++
      return Reflect.get(target, key)
    },
  })
  return { runs, looks: () => count }
}
