import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { commands, messageCommands, personCommands } from '../../bot/commands/index.ts'
import { describeCommand, describeMenuEntry } from '../../bot/text/describe.ts'
import { createTranslations } from '../../bot/text/translate.ts'
import { type MessageKey, messages } from '../../language/chat/index.ts'
import { type Language, languages } from '../../language/languages.ts'
import { isSaid, valuesOf } from '../support/messages.ts'

/** The catalogue of what the bot says: whole in every language, and as short as Discord wants it. */

const keys = Object.keys(messages.en) as MessageKey[]
const others = languages.filter(language => language !== 'en')

describe.each(others)('%s', language => {
  it('has every message, with the values of the English one', () => {
    expect(Object.keys(messages[language]).sort()).toEqual([...keys].sort())
    const different = keys.filter(
      key => `${valuesOf(messages[language][key], language)}` !== `${valuesOf(messages.en[key], 'en')}`,
    )
    expect(different).toEqual([])
  })

  it('is said in other words than English, but for names and figures', () => {
    const same = keys.filter(key => isSaid(messages.en[key]) && messages[language][key] === messages.en[key])
    expect(same).toEqual([])
  })
})

/** Where a message stands, and how many characters Discord takes there (components/reference, interactions). */
const places: readonly (readonly [pattern: RegExp, maxCharacters: number])[] = [
  // On a phone, a row has room for three of them.
  [/^button\./, 34],
  // A menu shows what is chosen, or what it is for, on one line; a phone cuts off the rest.
  [/^menu\.|^spoiler\.|^(settings|me)\.menu$|^(settings|me|more)\.\w+\.label$/, 36],
  [/^(settings|me|more)\.\w+\.(label|description)$|^steps\.(from|keeps)$/, 50],
  [/^(edit|budget|words|coolDown|report|remix|branch)\.(title|\w+\.label)$/, 45],
  [/^(edit|budget|words|coolDown|report|remix|branch)\.\w+\.description$/, 100],
  [/^name\./, 32],
  [/^(command|choice)\./, 100],
  [/\.alt$/, 200],
]

/** In characters of the Latin alphabet; those of Japanese are as wide as two. */
const widthOf = (text: string) =>
  [...text].reduce((width, character) => width + (/[\u2e80-\uffef]/.test(character) ? 2 : 1), 0)

it.each(languages)('%s fits where it stands', language => {
  const tooLong = keys.flatMap(key => {
    const place = places.find(([pattern]) => pattern.test(key))
    const text = messages[language][key].replace(/\{[^{}]*\}/g, '1000')
    const size = /^(button|menu|spoiler|settings|me|more)\./.test(key) ? widthOf(text) : [...text].length
    return place && size > place[1] ? [`${key}: ${size} of ${place[1]} characters`] : []
  })
  expect(tooLong).toEqual([])
})

it.each(languages)('%s: the buttons beside each other in the settings fit into a phone', language => {
  const shown = (key: MessageKey) => messages[language][key].replace(/\{[^{}]*\}/g, '0')
  expect(widthOf(shown('button.blockedWords') + shown('button.check.off'))).toBeLessThanOrEqual(36)
})

it.each(languages)('names of commands and options in %s are as Discord takes them, and no two are one', language => {
  const isName = /^[-_'\p{L}\p{N}]{1,32}$/u
  for (const { data } of commands) {
    for (const { options = [] } of [describeCommand(data), ...(describeCommand(data).options ?? [])] as never[]) {
      const names = (options as { name: string; name_localizations: Record<string, string> }[]).map(
        one => Object.entries(one.name_localizations).find(([locale]) => locale.startsWith(language))?.[1] ?? one.name,
      )
      for (const name of names) expect(name).toMatch(isName)
      expect(names).toEqual(names.map(name => name.toLowerCase()))
      expect(new Set(names).size, `${data.name}: ${names}`).toBe(names.length)
    }
  }
  const top = commands.map(({ data }) => messages[language][`name.${data.name}` as MessageKey])
  expect(new Set(top).size).toBe(top.length)
})

it('Discord is told of every command in all languages', () => {
  const imagine = describeCommand(commands.find(({ data }) => data.name === 'imagine')!.data)
  expect(imagine).toMatchObject({
    name_localizations: { de: 'malen', fr: 'peindre', 'es-ES': 'pintar', 'es-419': 'pintar', ja: '描く' },
    description: 'Paint a picture from words',
    description_localizations: { de: 'Ein Bild aus Worten malen' },
  })
  expect(imagine.options!.find(({ name }) => name === 'guidance')!.description).toBe(
    'How closely to follow the prompt, from 1 to 20',
  )
  const learn = describeCommand(commands.find(({ data }) => data.name === 'style')!.data).options![0]!
  expect(learn).toMatchObject({ name: 'learn', name_localizations: { de: 'lernen' } })
  expect(
    [...messageCommands, ...personCommands].map(({ data }) => describeMenuEntry(data).name_localizations['de']),
  ).toEqual([
    'Übermalen',
    'Diesen Stil lernen',
    'Rezept davon',
    'Melden',
    'Profilbild übermalen',
    'Vom Profilbild lernen',
  ])
})

it('counts, numbers and lists are those of the language', () => {
  const translations = createTranslations()
  const said = (language: Language) => translations.in(language)('info.limits', { characters: 1000, pictures: 4 })
  expect(said('en')).toContain('1,000')
  expect(said('de')).toContain('1.000')
  expect(translations.in('fr')('recipe.steps', { count: 0 })).toBe('0 étape')
  expect(translations.in('de')('recipe.time', { seconds: 1.25 })).toBe('1,3\u00a0s')
})

it('a command is mentioned by its id once Discord has numbered it, and code stays code', () => {
  const translations = createTranslations()
  const said = () => translations.in('en')
  expect(said()('me.noPictures')).toBe('No pictures yet: /imagine paints one.')
  translations.setCommandIds(
    new Map([
      ['imagine', '7'],
      ['style learn', '8'],
    ]),
  )
  expect(said()('me.noPictures')).toBe('No pictures yet: </imagine:7> paints one.')
  expect(said()('style.none')).toBe('No styles yet: teach one with </style learn:8>.')
  expect(said()('style.howToUse', { name: 'chalk' })).toBe('</imagine:7> style:chalk')
  expect(said()('style.using', { name: 'x' })).toContain('`/imagine style:none`')
  expect(said()('report.requestedBy', { owner: '/imagine' })).toBe('Requested by /imagine')
})

describe('no sentence stands in the code of the bot', () => {
  // What is written for whoever runs the program: the log, and why the connection ended.
  const isForOperators = /^bot\/gateway\//
  const files = execFileSync('git', ['ls-files', 'bot/**/*.ts', 'bot/*.ts'], { encoding: 'utf8' }).trim().split('\n')

  it.each(files.filter(file => !isForOperators.test(file)))('%s', file => {
    expect(sentencesIn(readFileSync(file, 'utf8'))).toEqual([])
  })

  it('finds one that is planted', () => {
    expect(sentencesIn("respond('Nothing here.')")).toEqual(['Nothing here.'])
    const template = ['Close ', '{name} now'].join('$')
    expect(sentencesIn(`const label = \`${template}\``)).toEqual([template])
    expect(sentencesIn("label: 'Original'")).toEqual(['Original'])
  })
})

/** Texts that people could read: with a space between words, or labels. What is logged or thrown as a bug is not. */
function sentencesIn(source: string): string[] {
  const code = source
    .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$|\s\/\/ .*$/gm, '')
    .replace(
      /(log(Error)?(\.\w+)?|guard|createGuard|new Error|errorReporter)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/g,
      '',
    )
    .replace(/from '[^']*'/g, '')
    // What Discord calls an entry of a menu is the key of what people read.
    .replace(
      /\bname: '[^']*',\n\s*type: ApplicationCommandType\.(?:Message|User)|\b(?:message|person)Menu\('[^']*'/g,
      '',
    )
    // Why a message could not be delivered, for the log; regular expressions; drawings.
    .replace(/(reason: |closed: |Closed \?\?= )'[^']*'/g, '')
    .replace(/(?<=[(=,] ?)\/(?![/*])(?:[^/\\\n]|\\.)+\/[a-z]*/g, '')
    .replace(/`<(svg|path)[^`]*`/g, '')
  const texts = [...code.matchAll(/'((?:[^'\\\n]|\\.)*)'|`([^`]*)`/g)].map(
    ([, plain, template]) => plain ?? template ?? '',
  )
  const labels = [...code.matchAll(/\b(?:label|placeholder|title|description): '([^']+)'/g)].map(
    ([, label = '']) => label,
  )
  return [...new Set([...texts.filter(isSentence), ...labels])]
}

function isSentence(text: string): boolean {
  const words = text.replace(/\$\{[^}]*\}/g, '…').match(/\p{L}{2,}/gu) ?? []
  return (
    words.length > 1 &&
    /\p{L}{2,}[,.:;]? \S*\p{L}|…\.? \p{L}{2,}|\p{L}{2,}:? …/u.test(text.replace(/\$\{[^}]*\}/g, '…'))
  )
}
