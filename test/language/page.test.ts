import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { languages } from '../../language/languages.ts'
import { first } from '../../language/page/en/first.ts'
import { later } from '../../language/page/en/later.ts'
import type { PageText } from '../../language/page/texts.ts'
import { importsIn } from '../support/architecture.ts'
import { isSaid, valuesOf } from '../support/messages.ts'
import { pageTexts } from '../support/pageTexts.ts'

/** What the page says: the compiler knows that no key is missing in any language, and this what it cannot know. */

const keys = Object.keys(pageTexts.en) as PageText[]

describe.each(languages.filter(language => language !== 'en'))('%s', language => {
  const texts = pageTexts[language]

  it('has the values and marks of the English texts', () => {
    const marks = (text: string) => (text.match(/<\/?\w+>/g) ?? []).sort().join()
    const different = keys.filter(
      key =>
        `${valuesOf(texts[key], language)}` !== `${valuesOf(pageTexts.en[key], 'en')}` ||
        marks(texts[key]) !== marks(pageTexts.en[key]),
    )
    expect(different).toEqual([])
  })

  it('says it in other words than English, but for names and figures', () => {
    expect(keys.filter(key => isSaid(pageTexts.en[key]) && texts[key] === pageTexts.en[key])).toEqual([])
  })

  it('has its texts in the order of the English ones', () => {
    expect(Object.keys(texts)).toEqual(keys)
  })
})

describe('the texts that come with the page', () => {
  const sources = new Map(
    execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'web/*.ts', 'web/*.tsx'], {
      encoding: 'utf8',
    })
      .trim()
      .split('\n')
      .map(file => [file, readFileSync(file, 'utf8')]),
  )
  const atOnce = loadedAtOnce(['web/main.tsx'], sources)

  it('are those that are said by code which comes with it', () => {
    const said = textsIn(atOnce.map(file => sources.get(file)!))
    expect(Object.keys(later).filter(key => said(key))).toEqual([])
    // The start page is a part of its own, and shown at once.
    const withStart = textsIn(
      loadedAtOnce(['web/main.tsx', 'web/pages/start.tsx'], sources).map(file => sources.get(file)!),
    )
    expect(Object.keys(first).filter(key => !withStart(key))).toEqual([])
  })

  it('are said somewhere, each of them', () => {
    const said = textsIn([...sources.values()])
    expect(keys.filter(key => !said(key))).toEqual([])
  })

  it('are there before code that comes later says them', () => {
    const bare = [...sources].flatMap(([file, text]) =>
      file.startsWith('web/text/')
        ? []
        : [...text.matchAll(/.*\bimport\(.*/g)].map(([line]) => `${file}: ${line.trim()}`),
    )
    // What is loaded by `later`, `laterTool` and `withTexts` waits for its texts; fflate and the code of QR say nothing.
    expect(bare.filter(line => !/\b(later|laterTool|withTexts)\(|import\('fflate'\)/.test(line))).toEqual([])
  })
})

/** All that these files import, and so on, but for what it imports when that is needed. */
function loadedAtOnce(entries: readonly string[], sources: ReadonlyMap<string, string>): string[] {
  const links = importsIn(
    new Map([...sources].map(([file, text]) => [file, text.replace(/\bimport\(|\bimport type .*? from .*/g, '')])),
  )
  const reached = new Set(entries)
  for (const file of reached) for (const { from, to } of links) if (from === file && sources.has(to)) reached.add(to)
  return [...reached]
}

/** Whether these sources name a key, whole or as a template: t(`tool.${name}`) says all keys of tools. */
function textsIn(sources: readonly string[]): (key: string) => boolean {
  const whole = new Set<string>()
  const templates = new Set<string>()
  for (const source of sources) {
    for (const [, key = ''] of source.matchAll(/'([\w.]+)'/g)) whole.add(key)
    for (const [, text = ''] of source.matchAll(/\bt\(\s*`([^`]*)`/g)) templates.add(text)
  }
  const patterns = [...templates].map(
    text => new RegExp(`^${text.replaceAll('.', '\\.').replace(/\\?\$\{[^}]*\}/g, '\\w+')}$`),
  )
  return key => whole.has(key) || patterns.some(pattern => pattern.test(key))
}
