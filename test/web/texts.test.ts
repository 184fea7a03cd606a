import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { parseSync } from 'vite'
import { describe, expect, it } from 'vitest'

/** Files whose texts still stand in the code. This list only shrinks; an entry that is needed no more fails. */
const open: readonly string[] = [
  'web/browser/imageFiles.ts',
  'web/canvas/copyPicture.ts',
  'web/canvas/exporting/contactSheet.ts',
  'web/canvas/exporting/openDrawing.ts',
  'web/canvas/frameLayers.ts',
  'web/canvas/framePaper.ts',
  'web/canvas/inkCanvas.ts',
  'web/canvas/insertion.ts',
  'web/canvas/paintOver.ts',
  'web/canvas/recipes/recipe.ts',
  'web/canvas/selection.ts',
  'web/canvas/toolSettings.ts',
  'web/canvas/tools/extend.ts',
  'web/canvas/tools/fill.ts',
  'web/canvas/tools/gradient.ts',
  'web/canvas/tools/later.ts',
  'web/canvas/tools/region.ts',
  'web/controls/controls.tsx',
  'web/controls/report.tsx',
  'web/pages/activity.tsx',
  'web/pages/room.tsx',
  'web/pages/start.tsx',
  'web/panels/account.tsx',
  'web/panels/brushOptions.tsx',
  'web/panels/colors.tsx',
  'web/panels/emptyRoom.tsx',
  'web/panels/exporting/recipeBar.tsx',
  'web/panels/exporting/sheet.tsx',
  'web/panels/fillOptions.tsx',
  'web/panels/filmstrip.tsx',
  'web/panels/frameCaption.tsx',
  'web/panels/frameList.tsx',
  'web/panels/framePanel.tsx',
  'web/panels/layers/list.tsx',
  'web/panels/layers/row.tsx',
  'web/panels/moderation.tsx',
  'web/panels/paperRow.tsx',
  'web/panels/people.tsx',
  'web/panels/prompt.tsx',
  'web/panels/regions/bar.tsx',
  'web/panels/regions/editor.tsx',
  'web/panels/regions/overlay.tsx',
  'web/panels/selectionBar.tsx',
  'web/panels/share.tsx',
  'web/panels/shortcuts.ts',
  'web/panels/status.tsx',
  'web/panels/styles/button.tsx',
  'web/panels/styles/card.tsx',
  'web/panels/styles/compare.tsx',
  'web/panels/styles/curve.tsx',
  'web/panels/styles/frame.ts',
  'web/panels/styles/learnStyle.tsx',
  'web/panels/styles/learning.tsx',
  'web/panels/styles/list.tsx',
  'web/panels/styles/made.tsx',
  'web/panels/styles/mix.tsx',
  'web/panels/styles/pictures.tsx',
  'web/panels/styles/progress.tsx',
  'web/panels/styles/sharing.tsx',
  'web/panels/styles/sheet.tsx',
  'web/panels/styles/style.tsx',
  'web/panels/styles/tray.tsx',
  'web/panels/styles/versions.tsx',
  'web/panels/theme.tsx',
  'web/panels/toolbar.tsx',
  'web/panels/topBar.tsx',
  'web/panels/tuning.tsx',
  'web/panels/viewBar.tsx',
  'web/room/http.ts',
  'web/room/pictures.ts',
  'web/room/requests.ts',
  'web/room/state.ts',
  'web/room/styles.ts',
  'web/stage/painting.tsx',
  'web/stage/paper.tsx',
  'web/stage/stage.tsx',
  'web/stage/usePointerRing.ts',
]

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', 'web/*.ts', 'web/*.tsx'], {
  encoding: 'utf8',
})
  .trim()
  .split('\n')

describe('no text stands in the code of the page, but in its tables (language/page/)', () => {
  it.each(files.filter(file => !open.includes(file)))('%s', file => {
    expect(textsIn(file, readFileSync(file, 'utf8'))).toEqual([])
  })

  it.each(open)('%s, which is still to be cleared', file => {
    expect(textsIn(file, readFileSync(file, 'utf8'))).not.toEqual([])
  })

  it.each([
    ['<p>Draw here</p>', 'Draw here'],
    ['<p>Undo</p>', 'Undo'],
    ['<button aria-label="Undo" />', 'Undo'],
    ["<input placeholder={full ? 'Full' : t('a.b')} />", 'Full'],
    [`<IconButton label={\`Hide $\{name}\`} />`, 'Hide …'],
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
  /^(aria-(label|description|valuetext|roledescription)|label|title|placeholder|alt|data-tip|shown|hint|lead|tip)$/
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
    const isText = node.type === 'JSXText' || isSeen ? /\p{L}{2,}/u.test(text) : isSentence(text)
    if (isText) found.push(text.trim().replace(/\s+/g, ' '))
    if (node.type !== 'TemplateLiteral') return
  }
  const name = nameOf(node)
  const inside = { isSeen: name === null ? isSeen && passesOn(node) : seen.test(name) }
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

/** What of an attribute's expression is its text: not what is compared or called. */
const passesOn = ({ type }: Node): boolean =>
  /^(JSXExpressionContainer|ConditionalExpression|LogicalExpression|TemplateLiteral|ParenthesizedExpression)$/.test(
    type,
  )

/** With a space between words. Addresses, selectors, shapes and styles have none, or signs that sentences have not. */
function isSentence(text: string): boolean {
  return (
    /(^|[\s(“"])…?\p{L}{2,}[,.:;]? …?\p{L}{2,}|…[.,:]? \p{L}{2,}|\p{L}{2,}[,:]? …|^\p{Lu}\p{Ll}+[ .!?]/u.test(text) &&
    !/[{}<>=[\]#]|\d(px|dvh)/.test(text)
  )
}

/** What is thrown as a bug, logged, imported, or has its own grammar. */
function isForDevelopers(node: Node): boolean {
  if (/^(Import|Export(All|Named))/.test(node.type) && node['declaration'] == null) return true
  if (node.type.startsWith('TS') && !/^TS(As|Satisfies|NonNull)/.test(node.type)) return true
  if (node.type === 'JSXAttribute') return unseen.test(nameOf(node)!)
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return false
  const callee = node['callee'] as Node
  const name = callee.type === 'MemberExpression' ? (callee['object'] as Node)['name'] : callee['name']
  return /^(console|\w*Error|RegExp|matchMedia|t)$/.test(String(name))
}

function childrenOf(node: Node): Node[] {
  return Object.entries(node)
    .filter(([field]) => field !== 'key' && field !== 'name')
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter((value): value is Node => typeof value === 'object' && value !== null && 'type' in value)
}
