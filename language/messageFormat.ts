/** The values of a message, by name. */
export type Values = Readonly<Record<string, string | number>>
/** A message that has been read, or a part of one; `count` is what `#` stands for. */
type Part = (values: Values, count?: number) => string

const numberStyles: Readonly<Record<string, Intl.NumberFormatOptions>> = {
  '': {},
  percent: { style: 'percent' },
  '::.0': { minimumFractionDigits: 1, maximumFractionDigits: 1 },
}

/**
 * Reads what our messages use of ICU MessageFormat: `{name}`, `{count, number}`, `{share, number, percent}`,
 * `{tenths, number, ::.0}`, `{count, plural, =0 {none} one {# picture} other {# pictures}}`. The whole of it would be a
 * tenth of the page's first load; a test compares each message with the library that reads all. Throws a `SyntaxError`
 * for what it does not know.
 */
export function readMessage(message: string, language: string): (values?: Values) => string {
  let at = 0

  function readText(isBranch: boolean): Part {
    const parts: Part[] = []
    while (at < message.length && message[at] !== '}') {
      const [text] = message.slice(at).match(isBranch ? /^[^{}#]+/ : /^[^{}]+/) ?? ['']
      at += text.length
      if (text) parts.push(() => text)
      else parts.push(message[at] === '{' ? readArgument() : readNumberSign())
    }
    return (values, count) => parts.map(part => part(values, count)).join('')
  }

  function readNumberSign(): Part {
    expect('#')
    const format = new Intl.NumberFormat(language)
    return (_values, count = 0) => format.format(count)
  }

  function readArgument(): Part {
    expect('{')
    const name = readWord()
    if (message[at] === '}') {
      at++
      return values => String(values[name])
    }
    expect(',')
    const kind = readWord()
    if (kind === 'plural') return readPlural(name)
    if (kind !== 'number') throw problem(`number or plural, got "${kind}"`)
    const style = message[at] === ',' ? readStyle() : ''
    expect('}')
    const options = numberStyles[style]
    if (!options) throw problem(`a style of numbers (${Object.keys(numberStyles).filter(Boolean)}), got "${style}"`)
    const format = new Intl.NumberFormat(language, options)
    return values => format.format(Number(values[name]))
  }

  function readPlural(name: string): Part {
    expect(',')
    const branches = new Map<string, Part>()
    while (message[at] !== '}') {
      const selector = readWord()
      expect('{')
      branches.set(selector, readText(true))
      expect('}')
      skipSpace()
    }
    at++
    const other = branches.get('other')
    if (!other) throw problem('a branch "other"')
    const rules = new Intl.PluralRules(language)
    return values => {
      const count = Number(values[name])
      return (branches.get(`=${count}`) ?? branches.get(rules.select(count)) ?? other)(values, count)
    }
  }

  function readStyle(): string {
    expect(',')
    return readWord()
  }

  function readWord(): string {
    skipSpace()
    const [word] = message.slice(at).match(/^[^\s,{}]+/) ?? ['']
    if (!word) throw problem('a name')
    at += word.length
    skipSpace()
    return word
  }

  function skipSpace(): void {
    while (/\s/.test(message[at] ?? '')) at++
  }

  function expect(character: string): void {
    if (message[at] !== character) throw problem(`"${character}"`)
    at++
  }

  const problem = (expected: string) => new SyntaxError(`Expected ${expected} at ${at} of the message "${message}".`)

  const whole = readText(false)
  if (at < message.length) throw problem('no "}"')
  return (values = {}) => whole(values)
}
