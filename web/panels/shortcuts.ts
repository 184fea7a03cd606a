import type { PlainText } from '../../language/page/texts.ts'
import type { Board } from '../canvas/board.ts'
import { copyPicture } from '../canvas/copyPicture.ts'
import { harmlessTools, type ToolName } from '../canvas/toolNames.ts'
import { changeBrush, stepOpacity, stepSize, swapColors } from '../canvas/toolSettings.ts'
import { angleStep } from '../canvas/tools/rotate.ts'
import { notify } from '../store/toasts.ts'
import { t } from '../text/t.ts'
import { bringFiles } from './exporting/bringFiles.ts'
import { exportOpen } from './exporting/open.ts'

/** What a shortcut does, as the help sheet says it: the texts are loaded with that. */
type ShownName = NameOf<'shortcut', PlainText>
type NameOf<Table extends string, Text> = Text extends `${Table}.${infer Name}` ? Name : never

interface ShortcutActions {
  /** What `KeyboardEvent` says, with `mod+` for Ctrl or Command and `shift+` where Shift matters. */
  readonly keys: readonly string[]
  readonly run: (board: Board) => void
  /** Also for those who only watch. */
  readonly harmless?: boolean
}
/** Printed on the help sheet with these keys, or for those who know it. */
type Shortcut = ShortcutActions &
  (
    | { readonly name: ShownName; readonly shown: readonly [string, ...string[]] }
    | { readonly name: `${'nudge' | 'push'} ${Direction}`; readonly shown?: never }
  )
type Direction = 'left' | 'right' | 'up' | 'down'

const tool = (name: ToolName & ShownName, key: string): Shortcut => ({
  name,
  shown: [key],
  keys: [key.toLowerCase()],
  run: board => board.tools.current.set(name),
  harmless: harmlessTools.has(name),
})

const nudge = (key: Direction, dx: number, dy: number): Shortcut[] => [
  { name: `nudge ${key}`, keys: [`arrow${key}`], run: board => board.selection.nudge(dx, dy) },
  {
    name: `push ${key}`,
    keys: [`shift+arrow${key}`],
    run: board => board.selection.nudge(dx * 10, dy * 10),
  },
]

const resizeBrush = (direction: 1 | -1) => (board: Board) =>
  changeBrush(board.tools, ({ size }) => ({ size: stepSize(size, direction) }))
const fadeBrush = (direction: 1 | -1) => (board: Board) =>
  changeBrush(board.tools, ({ opacity }) => ({ opacity: stepOpacity(opacity, direction) }))

function withActiveFrame(act: (board: Board, frameId: string) => void): (board: Board) => void {
  return board => {
    const frameId = board.frameViews.active.get()
    if (frameId !== null) act(board, frameId)
  }
}

const compareKey = 'c'

/** The one table of keys: pressed through it, printed from it. */
export const shortcutGroups: readonly {
  readonly group: NameOf<'shortcuts', PlainText>
  readonly shortcuts: readonly Shortcut[]
}[] = [
  {
    group: 'draw',
    shortcuts: [
      tool('pen', 'P'),
      tool('eraser', 'E'),
      tool('rectangle', 'R'),
      tool('ellipse', 'O'),
      tool('fill', 'G'),
      {
        name: 'gradient',
        shown: ['Shift', 'G'],
        keys: ['shift+g'],
        run: board => board.tools.current.set('gradient'),
      },
      {
        name: 'image',
        shown: ['U'],
        keys: ['u'],
        run: () => document.querySelector<HTMLElement>('[data-image-button]')?.click(),
      },
      {
        name: 'pick',
        shown: ['I'],
        keys: ['i'],
        run: board => board.eyedropper.takeUp(),
      },
      {
        name: 'swap',
        shown: ['X'],
        keys: ['x'],
        run: board => swapColors(board.tools),
      },
      { name: 'thinner', shown: ['['], keys: ['['], run: resizeBrush(-1) },
      { name: 'thicker', shown: [']'], keys: [']'], run: resizeBrush(1) },
      { name: 'fainter', shown: [','], keys: [','], run: fadeBrush(-1) },
      { name: 'stronger', shown: ['.'], keys: ['.'], run: fadeBrush(1) },
      {
        name: 'tip',
        shown: ['S'],
        keys: ['s'],
        run: board => changeBrush(board.tools, ({ tip }) => ({ tip: tip === 'soft' ? 'hard' : 'soft' })),
      },
      { name: 'straight', shown: ['Shift'], keys: [], run: () => undefined },
      { name: 'undo', shown: ['Ctrl', 'Z'], keys: ['mod+z'], run: board => board.session.undo() },
      {
        name: 'redo',
        shown: ['Ctrl', 'Shift', 'Z'],
        keys: ['mod+shift+z', 'mod+y'],
        run: board => board.session.redo(),
      },
    ],
  },
  {
    group: 'paint',
    shortcuts: [
      tool('frame', 'F'),
      tool('region', 'M'),
      {
        name: 'prompt',
        shown: ['Enter'],
        keys: ['enter'],
        run: board => board.promptFocus.update(count => count + 1),
      },
      {
        name: 'paint',
        shown: ['Ctrl', 'Enter'],
        keys: ['mod+enter'],
        run: withActiveFrame((board, frameId) => board.session.paint(frameId)),
      },
      {
        name: 'bake',
        shown: ['B'],
        keys: ['b'],
        run: withActiveFrame((board, frameId) => {
          const frame = board.session.frames.get().find(one => one.id === frameId)
          if (frame) void board.paper.bake(frame)
        }),
      },
      {
        name: 'compare',
        shown: ['C'],
        keys: [compareKey],
        run: withActiveFrame((board, frameId) => board.frameViews.compared.set(frameId)),
        harmless: true,
      },
    ],
  },
  {
    group: 'arrange',
    shortcuts: [
      {
        name: 'select',
        shown: ['V'],
        keys: ['v'],
        run: board => {
          board.tools.catches.set('box')
          board.tools.current.set('select')
        },
        harmless: true,
      },
      {
        name: 'lasso',
        shown: ['L'],
        keys: ['l'],
        run: board => {
          board.tools.catches.set('lasso')
          board.tools.current.set('select')
        },
        harmless: true,
      },
      { name: 'turnLeft', shown: ['Q'], keys: ['q'], run: board => board.selection.turn(-angleStep) },
      { name: 'turnRight', shown: ['W'], keys: ['w'], run: board => board.selection.turn(angleStep) },
      { name: 'selectAll', shown: ['Ctrl', 'A'], keys: ['mod+a'], run: board => board.selection.selectAll() },
      { name: 'duplicate', shown: ['Ctrl', 'D'], keys: ['mod+d'], run: board => board.selection.duplicate() },
      { name: 'copy', shown: ['Ctrl', 'C', 'X', 'V'], keys: [], run: () => undefined },
      {
        name: 'copyPng',
        shown: ['Ctrl', 'Shift', 'C'],
        keys: ['mod+shift+c'],
        run: board => void copyPicture(board, 'PNG'),
        harmless: true,
      },
      {
        name: 'export',
        shown: ['Ctrl', 'Shift', 'E'],
        keys: ['mod+shift+e'],
        run: () => exportOpen.set(true),
        harmless: true,
      },
      { name: 'front', shown: ['Ctrl', ']'], keys: ['mod+]'], run: board => board.selection.toFront() },
      { name: 'back', shown: ['Ctrl', '['], keys: ['mod+['], run: board => board.selection.toBack() },
      { name: 'delete', shown: ['Delete'], keys: ['delete', 'backspace'], run: board => board.selection.remove() },
      {
        name: 'letGo',
        shown: ['Esc'],
        keys: ['escape'],
        run: board => {
          board.eyedropper.putDown()
          board.selection.clear()
        },
        harmless: true,
      },
      ...nudge('left', -1, 0),
      ...nudge('right', 1, 0),
      ...nudge('up', 0, -1),
      ...nudge('down', 0, 1),
    ],
  },
  {
    group: 'look',
    shortcuts: [
      tool('hand', 'H'),
      tool('laser', 'K'),
      { name: 'closer', shown: ['+'], keys: ['+', '='], run: board => board.viewport.zoomBy(1.25), harmless: true },
      { name: 'farther', shown: ['−'], keys: ['-'], run: board => board.viewport.zoomBy(0.8), harmless: true },
      {
        name: 'actualSize',
        shown: ['0'],
        keys: ['0'],
        run: board => board.viewport.zoomBy(1 / board.viewport.view.get().zoom),
        harmless: true,
      },
      { name: 'showAll', shown: ['1'], keys: ['1'], run: board => board.camera.showAll(), harmless: true },
      {
        name: 'showFrame',
        shown: ['2'],
        keys: ['2'],
        run: withActiveFrame((board, frameId) => {
          const frame = board.session.frames.get().find(one => one.id === frameId)
          if (frame) board.camera.showFrame(frame)
        }),
        harmless: true,
      },
    ],
  },
]

const byKey = new Map(
  shortcutGroups.flatMap(({ shortcuts }) => shortcuts.flatMap(one => one.keys.map(key => [key, one] as const))),
)

/** Keys, and what is pasted or dropped. Typing in a field is left alone. */
export function listenToKeys(board: Board, toggleHelp: () => void): () => void {
  const stop = new AbortController()
  const { signal } = stop
  addEventListener(
    'keydown',
    event => {
      if (isTyping(event.target) || isSheetOpen()) return
      if (event.key === '?') return toggleHelp()
      const shortcut = shortcutFor(event, { canEdit: board.session.canEdit() })
      if (!shortcut) return
      // Enter on a focused button presses the button.
      if (event.key === 'Enter' && event.target instanceof HTMLButtonElement) return
      if (isSliding(event)) return
      event.preventDefault()
      shortcut.run(board)
    },
    { signal },
  )
  addEventListener('keyup', event => shortcutName(event) === compareKey && board.frameViews.compared.set(null), {
    signal,
  })
  addEventListener('blur', () => board.frameViews.compared.set(null), { signal })
  addEventListener(
    'paste',
    event => {
      if (isTyping(event.target) || isSheetOpen() || !board.session.canEdit()) return
      const files = [...(event.clipboardData?.files ?? [])]
      const text = event.clipboardData?.getData('text/plain') ?? ''
      if (files.length > 0) void bringFiles(board, files)
      else if (board.selection.paste(text, board.viewport.visible())) event.preventDefault()
      else if (event.clipboardData?.types.includes('text/plain')) notify(t('paste.words'))
    },
    { signal },
  )
  // The events of the browser's own keys: they carry a clipboard where `navigator.clipboard` is missing.
  const copy = (event: ClipboardEvent) => {
    if (isTyping(event.target) || isSheetOpen()) return
    const text = board.selection.copy()
    if (text === null) return
    event.preventDefault()
    event.clipboardData?.setData('text/plain', text)
    if (event.type === 'cut' && board.session.canEdit()) board.selection.remove()
  }
  addEventListener('copy', copy, { signal })
  addEventListener('cut', copy, { signal })
  addEventListener('dragover', event => event.preventDefault(), { signal })
  addEventListener(
    'drop',
    event => {
      event.preventDefault()
      if (isSheetOpen()) return
      const at = board.viewport.toScene({ x: event.clientX, y: event.clientY })
      const files = [...(event.dataTransfer?.files ?? [])]
      if (files.length > 0 && board.session.canEdit()) void bringFiles(board, files, at)
    },
    { signal },
  )
  return () => stop.abort()
}

type Key = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey'>

/** A pressed key as the table above names it. */
export function shortcutName({ key, code, ctrlKey, metaKey, shiftKey }: Key): string {
  const name = latinKey(key, code).toLowerCase()
  const mod = ctrlKey || metaKey ? 'mod+' : ''
  // Shift is part of what makes a `+`, but a word of its own before letters and arrows.
  const shift = shiftKey && /^([a-z]|arrow\w+)$/.test(name) ? 'shift+' : ''
  return mod + shift + name
}

/** On a layout without Latin letters (Cyrillic, Greek, Arabic …) what a Latin keyboard has in the same place. */
function latinKey(key: string, code: string): string {
  if (!/^(?!\p{Script=Latin})[\p{L}\p{Nd}]$/u.test(key) || /[0-9]/.test(key)) return key
  return { BracketLeft: '[', BracketRight: ']' }[code] ?? /^(?:Key|Digit)(\w)$/.exec(code)?.[1] ?? key
}

/** What a key does, for somebody who may or may not draw here. */
export function shortcutFor(key: Key, { canEdit }: { canEdit: boolean }): Shortcut | undefined {
  const shortcut = byKey.get(shortcutName(key))
  return shortcut && (shortcut.harmless || canEdit) ? shortcut : undefined
}

/** What is dropped or pasted onto a sheet belongs to the sheet. */
const isSheetOpen = (): boolean => document.querySelector('dialog[open]') !== null

/** Arrows on a slider move the slider, not what is selected. */
const isSliding = ({ key, target }: KeyboardEvent): boolean =>
  /^(Arrow|Home$|End$|Page)/.test(key) && target instanceof HTMLElement && target.matches('input[type=range]')

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('textarea, select, input:not([type=range], [type=checkbox])')
