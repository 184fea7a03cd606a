/** What AUTOMATIC1111 and its many readers write into a picture, taken apart. */
export interface Parameters {
  readonly prompt: string
  readonly negativePrompt: string
  /** Name and value, in their order. */
  readonly settings: readonly (readonly [name: string, value: string])[]
}

/**
 * Reads the text under `parameters`: the prompt, `Negative prompt: …`, and a last line of settings that begins with
 * `Steps:`. null for what has no such line.
 */
export function readParameters(text: string): Parameters | null {
  const lines = text.replace(/\r\n/g, '\n').split('\n')
  const settingsAt = lines.findLastIndex(line => /^\s*Steps: /.test(line))
  if (settingsAt === -1) return null
  const negativeAt = lines.findIndex(line => /^\s*Negative prompt:/.test(line))
  const hasNegative = negativeAt !== -1 && negativeAt < settingsAt
  const said = (from: number, to: number) => lines.slice(from, to).join('\n').trim()
  return {
    prompt: unescaped(said(0, hasNegative ? negativeAt : settingsAt)),
    negativePrompt: hasNegative ? unescaped(said(negativeAt, settingsAt).replace(/^Negative prompt:\s*/, '')) : '',
    settings: settingsIn(lines[settingsAt]!),
  }
}

/** A value with commas, colons or line breaks stands in quotes, as JSON. */
function settingsIn(line: string): [string, string][] {
  return [...line.matchAll(/\s*([\w \-/]+):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)/g)].map(([, name = '', value = '']) => [
    name.trim(),
    unquoted(value.trim()),
  ])
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value
  try {
    return String(JSON.parse(value))
  } catch {
    return value
  }
}

/** Our own lines that would be taken for a field begin with a backslash (`parametersOf`). */
function unescaped(text: string): string {
  return text.replace(/^\\(?=[^\S\n]*(Negative prompt|Steps):)/gm, '')
}
