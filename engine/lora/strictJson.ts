/** JSON without null, true, false, signs and fractions: all that the header of a `.safetensors` file may hold. */
export type StrictJson = string | number | readonly StrictJson[] | StrictObject
/** A Map, so that no key can be taken for a property of objects. */
export type StrictObject = ReadonlyMap<string, StrictJson>

const maxDepth = 4

/** Unlike `JSON.parse` refuses an object that says a key twice, of which every reader would believe another one. */
export function parseStrictJson(source: string): StrictJson {
  let at = 0
  const whole = value(0)
  skipSpace()
  if (at < source.length) fail('the end')
  return whole

  function value(depth: number): StrictJson {
    if (depth > maxDepth) fail(`at most ${maxDepth} levels`)
    skipSpace()
    const first = source[at] ?? ''
    if (first === '"') return text()
    if (first === '{') return object(depth)
    if (first === '[') return list(depth)
    if (first >= '0' && first <= '9') return wholeNumber()
    return fail('text, a whole number, a list or an object')
  }

  function object(depth: number): StrictObject {
    const entries = new Map<string, StrictJson>()
    eachUntil('}', () => {
      skipSpace()
      if (source[at] !== '"') fail('a key')
      const key = text()
      if (entries.has(key)) fail(`each key once, got ${JSON.stringify(key.slice(0, 100))} twice`)
      skipSpace()
      if (source[at++] !== ':') fail('":"')
      entries.set(key, value(depth + 1))
    })
    return entries
  }

  function list(depth: number): StrictJson[] {
    const items: StrictJson[] = []
    eachUntil(']', () => items.push(value(depth + 1)))
    return items
  }

  /** Walks over items with commas between them, from the opening bracket to behind the closing one. */
  function eachUntil(close: string, item: () => void): void {
    at++
    skipSpace()
    if (source[at] === close) {
      at++
      return
    }
    for (;;) {
      item()
      skipSpace()
      const next = source[at++]
      if (next === close) return
      if (next !== ',') fail(`"," or "${close}"`)
    }
  }

  function text(): string {
    const start = at++
    while (at < source.length && source[at] !== '"') at += source[at] === '\\' ? 2 : 1
    at++
    try {
      return JSON.parse(source.slice(start, at)) as string // It begins with a quote, so it is text or nothing.
    } catch {
      at = start
      return fail('text in quotes')
    }
  }

  function wholeNumber(): number {
    const start = at
    while (source[at]! >= '0' && source[at]! <= '9') at++
    const digits = source.slice(start, at)
    const number = Number(digits)
    if (!Number.isSafeInteger(number) || String(number) !== digits) fail('a whole number below 2⁵³')
    return number
  }

  function skipSpace(): void {
    while (source[at] === ' ' || source[at] === '\n' || source[at] === '\r' || source[at] === '\t') at++
  }

  function fail(expected: string): never {
    throw new SyntaxError(`expected ${expected} at character ${at}`)
  }
}
