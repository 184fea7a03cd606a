import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parseSync } from 'vite'
import { describe, expect, it } from 'vitest'

/** What looks like a text and is none; an entry that is needed no more fails. */
const notSaid = {
  'names of gestures, which undo together, and of things': [
    '… paper',
    '… prompt',
    '… region … …',
    'nudge …',
    'push …',
    'turn …',
    'made …',
  ],
  'names of products and of forms of files': ['Fourstroke', 'PNG', 'PNG …×', 'SVG', 'JSON'],
  'what other programs write into their pictures': ['Negative prompt:', 'cfg scale', 'denoising strength'],
  'prompts, in the language of the models': [
    'a lighthouse at dusk, watercolour',
    'a fox asleep in tall grass, ink and wash',
    'a red house by a lake, morning mist',
    'a paper boat on a stormy sea',
  ],
} as const
const exceptions: ReadonlySet<string> = new Set(Object.values(notSaid).flat())

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'web/*.ts', 'web/*.tsx'], {
  encoding: 'utf8',
})
  .trim()
  .split('\n')

describe('no text stands in the code of the page, but in its tables (language/page/)', () => {
  it.each(files)('%s', file => {
    expect(textsIn(file, readFileSync(file, 'utf8')).filter(text => !exceptions.has(text))).toEqual([])
  })

  it('has no exception that is not needed', () => {
    const found = new Set(files.flatMap(file => textsIn(file, readFileSync(file, 'utf8'))))
    expect([...exceptions].filter(text => !found.has(text))).toEqual([])
  })

  it.each([
    ['<p>Draw here</p>', 'Draw here'],
    ['<p>Undo</p>', 'Undo'],
    ['<button aria-label="Undo" />', 'Undo'],
    ["<input placeholder={full ? 'Full' : t('a.b')} />", 'Full'],
    [`<IconButton label={\`Hide $\{name}\`} />`, 'Hide …'],
    ["<b>{isOn ? t('a.on') : 'Off'}</b>", 'Off'],
    ["notify('Copied.')", 'Copied.'],
    ["const labels = { on: 'Switched on' }", 'Switched on'],
    ["const tool = { label: 'Pen' }", 'Pen'],
    [`const text = \`$\{count} things\``, '… things'],
  ])('finds what is planted: %s', (source, text) => {
    expect(textsIn('web/planted.tsx', source)).toEqual([text])
  })

  it.each([
    "throw new Error('Expected a frame, got none.')",
    "console.info('The clipboard is closed.', error)",
    '<div className="panel wide" role="dialog" />',
    "t('share.title')",
    "<b>{'·'}</b>",
  ])('lets be what is written for developers: %s', source => {
    expect(textsIn('web/planted.tsx', source)).toEqual([])
  })
})

interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

/** Attributes and fields that people see or hear. */
const seen =
  /^(aria-(label|description|valuetext|roledescription)|label|title|placeholder|alt|data-tip|shown|hint|lead|question|confirm)$/
/** Attributes that hold several words of another kind. */
const unseen =
  /^(className|style|d|viewBox|transform|points|media|sizes|rel|accept|autoComplete|aria-keyshortcuts|content)$/

/** Texts that people could read, wherever they stand in a file: with `…` for what is computed. */
function textsIn(file: string, source: string): string[] {
  const { program, errors } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]!.message}`)
  const found: string[] = []
  visit(program as unknown as Node, { isSeen: false }, found)
  return found
}

function visit(node: Node, { isSeen }: { readonly isSeen: boolean }, found: string[]): void {
  if (isForDevelopers(node)) return
  const text = textOf(node)
  if (text !== null) {
    const isText = node.type === 'JSXText' || isSeen ? isWord(text) : isSentence(text)
    if (isText) found.push(text.trim().replace(/\s+/g, ' '))
    if (node.type !== 'TemplateLiteral') return
  }
  const name = nameOf(node)
  const inside = { isSeen: name === null ? (isSeen && passesOn(node)) || isElement(node) : seen.test(name) }
  for (const child of childrenOf(node)) visit(child, inside, found)
}

function textOf(node: Node): string | null {
  if (node.type === 'JSXText') return String(node['value'])
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : null
  if (node.type !== 'TemplateLiteral') return null
  return (node['quasis'] as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('…')
}

/** Of an attribute or a field of an object. */
function nameOf(node: Node): string | null {
  if (node.type === 'JSXAttribute') return String((node['name'] as Node)['name'])
  if (node.type === 'Property') return String((node['key'] as Node)['name'] ?? (node['key'] as Node)['value'])
  return null
}

/** What stands in an element is shown. */
const isElement = ({ type }: Node): boolean => type === 'JSXElement' || type === 'JSXFragment'

/** What of an attribute's expression is its text: not what is compared or called. */
const passesOn = ({ type }: Node): boolean =>
  /^(JSXExpressionContainer|ConditionalExpression|LogicalExpression|TemplateLiteral|ParenthesizedExpression)$/.test(
    type,
  )

/** Not a key of the tables. */
const isWord = (text: string): boolean => /\p{L}{2,}/u.test(text) && !/^[a-z]\w*(\.\w+)+$/.test(text)

/** With a space between words, and without the signs of addresses, selectors, shapes and styles. */
function isSentence(text: string): boolean {
  const hasWords =
    /(^|[\s(“"])…?\p{L}{2,}[,.:;]? …?\p{L}{2,}|…[.,:]? \p{L}{2,}|\p{L}{2,}[,:]? …|^\p{Lu}\p{Ll}+[ .!?]/u.test(text)
  return hasWords && !/[{}<>=[\]#]|\d(px|dvh)|…px|url\(/.test(text)
}

/** What is thrown as a bug, logged, imported, or has its own grammar. */
function isForDevelopers(node: Node): boolean {
  if (/^(Import|Export(All|Named))/.test(node.type) && node['declaration'] == null) return true
  if (node.type.startsWith('TS') && !/^TS(As|Satisfies|NonNull)/.test(node.type)) return true
  if (node.type === 'JSXAttribute') return unseen.test(nameOf(node)!)
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return false
  const callee = node['callee'] as Node
  if (callee.type !== 'MemberExpression') return /^(\w*Error|RegExp|matchMedia|t)$/.test(String(callee['name']))
  const { name } = callee['property'] as Node
  return (
    (callee['object'] as Node)['name'] === 'console' || /^(querySelector(All)?|closest|matches)$/.test(String(name))
  )
}

function childrenOf(node: Node): Node[] {
  return Object.entries(node)
    .filter(([field]) => field !== 'key' && field !== 'name')
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter((value): value is Node => typeof value === 'object' && value !== null && 'type' in value)
}
