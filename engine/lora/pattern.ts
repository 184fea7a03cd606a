/**
 * The regular expressions that peft's configurations hold, a stranger's: so none of a kind that could run for ever. It
 * takes what one walk over the text can decide: literals, `.`, `\d \w \s`, classes, groups, `|`, `* + ?`, `^` and `$`.
 */

/** From a place in the text to all places where a match can end. */
type Matcher = (at: number) => ReadonlySet<number>
type Node = (text: string) => Matcher

const longestPattern = 256

/** Whether the whole of a text matches; undefined for an expression with anything else in it. */
export function compilePattern(pattern: string): ((text: string) => boolean) | undefined {
  if (pattern.length > longestPattern) return undefined
  const parsed = new Parser(pattern).parse()
  return parsed && (text => parsed(text)(0).has(text.length))
}

const classes: Readonly<Record<string, RegExp>> = { d: /\d/, w: /\w/, s: /\s/, D: /\D/, W: /\W/, S: /\S/ }

class Parser {
  private at = 0
  private readonly pattern: string

  constructor(pattern: string) {
    this.pattern = pattern
  }

  parse(): Node | undefined {
    try {
      const node = this.alternatives()
      return this.at === this.pattern.length ? node : undefined
    } catch (error) {
      if (error instanceof SyntaxError) return undefined
      throw error
    }
  }

  private takes(token: string): boolean {
    if (!this.pattern.startsWith(token, this.at)) return false
    this.at += token.length
    return true
  }

  private alternatives(): Node {
    const nodes = [this.sequence()]
    while (this.takes('|')) nodes.push(this.sequence())
    return nodes.length === 1 ? nodes[0]! : either(nodes)
  }

  private sequence(): Node {
    const nodes: Node[] = []
    while (this.at < this.pattern.length && !/[|)]/.test(this.pattern[this.at]!)) nodes.push(this.repeated(this.atom()))
    return inTurn(nodes)
  }

  private repeated(node: Node): Node {
    const result = this.takes('*')
      ? anyTimes(node)
      : this.takes('+')
        ? inTurn([node, anyTimes(node)])
        : this.takes('?')
          ? either([node, inTurn([])])
          : node
    // A lazy one matches the same texts.
    if (result !== node) this.takes('?')
    if (/[*+?{]/.test(this.pattern[this.at] ?? '')) throw new SyntaxError('a number of times')
    return result
  }

  private atom(): Node {
    if (this.takes('(?:') || this.takes('(')) {
      if (this.pattern[this.at] === '?') throw new SyntaxError('a look around')
      const inner = this.alternatives()
      if (!this.takes(')')) throw new SyntaxError('an open group')
      return inner
    }
    if (this.takes('^')) return where(at => at === 0)
    if (this.takes('$')) return where((at, text) => at === text.length)
    if (this.takes('.')) return oneOf(letter => letter !== '\n')
    if (this.takes('[')) return this.characterClass()
    return oneOf(this.character())
  }

  private character(): (letter: string) => boolean {
    const escaped = this.takes('\\')
    const letter = this.pattern[this.at++]
    if (letter === undefined || (!escaped && /[*+?{}\]]/.test(letter))) throw new SyntaxError('an end')
    if (!escaped) return found => found === letter
    const known = classes[letter]
    if (known) return found => known.test(found)
    if (/\w/.test(letter)) throw new SyntaxError('a reference')
    return found => found === letter
  }

  private characterClass(): Node {
    const isNegated = this.takes('^')
    const members: ((letter: string) => boolean)[] = []
    while (!this.takes(']')) {
      const range = /^([^\]\\])-([^\]\\])/.exec(this.pattern.slice(this.at))
      this.at += range?.[0].length ?? 0
      members.push(range ? found => found >= range[1]! && found <= range[2]! : this.character())
    }
    return oneOf(letter => members.some(has => has(letter)) !== isNegated)
  }
}

const none: ReadonlySet<number> = new Set()

function oneOf(has: (letter: string) => boolean): Node {
  return text => at => (at < text.length && has(text[at]!) ? new Set([at + 1]) : none)
}

function where(holds: (at: number, text: string) => boolean): Node {
  return text => at => (holds(at, text) ? new Set([at]) : none)
}

function either(nodes: readonly Node[]): Node {
  return text => {
    const matchers = nodes.map(node => remembering(node(text)))
    return at => new Set(matchers.flatMap(matcher => [...matcher(at)]))
  }
}

function inTurn(nodes: readonly Node[]): Node {
  return text => {
    const matchers = nodes.map(node => remembering(node(text)))
    return at => matchers.reduce((places, matcher) => allFrom(places, matcher), new Set([at]))
  }
}

function anyTimes(node: Node): Node {
  return text => {
    const matcher = remembering(node(text))
    return at => {
      const reached = new Set([at])
      // A set goes on to what is added while it is walked through.
      for (const place of reached) for (const end of matcher(place)) reached.add(end)
      return reached
    }
  }
}

function allFrom(places: ReadonlySet<number>, matcher: Matcher): Set<number> {
  return new Set([...places].flatMap(place => [...matcher(place)]))
}

/** Each place is walked from once, or nested repetitions would take exponential time. */
function remembering(matcher: Matcher): Matcher {
  const known = new Map<number, ReadonlySet<number>>()
  return at => {
    const ends = known.get(at) ?? matcher(at)
    known.set(at, ends)
    return ends
  }
}
