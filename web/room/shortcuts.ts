import type { Board } from '../canvas/board.ts'
import { harmlessTools } from '../canvas/tools/index.ts'
import type { ToolName } from '../canvas/tools/tool.ts'
import { stepSize } from '../panels/toolbar.tsx'

interface Shortcut {
  readonly label: string
  /** As printed on the help sheet. */
  readonly shown: readonly string[]
  /** What `KeyboardEvent` says, with `mod+` for Ctrl or Command and `shift+` where Shift matters. */
  readonly keys: readonly string[]
  readonly run: (board: Board) => void
  /** Also for those who only watch. */
  readonly harmless?: boolean
}

const tool = (name: ToolName, label: string, key: string): Shortcut => ({
  label,
  shown: [key],
  keys: [key.toLowerCase()],
  run: board => board.tool.set(name),
  harmless: harmlessTools.has(name),
})

const nudge = (key: string, dx: number, dy: number): Shortcut[] => [
  { label: `Nudge ${key}`, shown: [], keys: [`arrow${key}`], run: board => board.nudgeSelected(dx, dy) },
  { label: `Push ${key}`, shown: [], keys: [`shift+arrow${key}`], run: board => board.nudgeSelected(dx * 10, dy * 10) },
]

const resizeBrush = (direction: 1 | -1) => (board: Board) => {
  if (board.tool.get() === 'eraser') board.eraserSize.update(size => stepSize(size, direction))
  else board.brush.update(brush => ({ ...brush, size: stepSize(brush.size, direction) }))
}

function withActiveFrame(act: (board: Board, frameId: string) => void): (board: Board) => void {
  return board => {
    const frameId = board.activeFrame.get()
    if (frameId !== null) act(board, frameId)
  }
}

/** The one table of keys: pressed through it, printed from it. */
export const shortcutGroups: readonly { readonly group: string; readonly shortcuts: readonly Shortcut[] }[] = [
  {
    group: 'Draw',
    shortcuts: [
      tool('pen', 'Pen', 'P'),
      tool('eraser', 'Eraser', 'E'),
      tool('rectangle', 'Rectangle', 'R'),
      tool('ellipse', 'Ellipse', 'O'),
      {
        label: 'Image',
        shown: ['I'],
        keys: ['i'],
        run: () => document.querySelector<HTMLElement>('[data-image-button]')?.click(),
      },
      { label: 'Thinner', shown: ['['], keys: ['['], run: resizeBrush(-1) },
      { label: 'Thicker', shown: [']'], keys: [']'], run: resizeBrush(1) },
      { label: 'Undo', shown: ['Ctrl', 'Z'], keys: ['mod+z'], run: board => board.session.undo() },
      {
        label: 'Redo',
        shown: ['Ctrl', 'Shift', 'Z'],
        keys: ['mod+shift+z', 'mod+y'],
        run: board => board.session.redo(),
      },
    ],
  },
  {
    group: 'Paint',
    shortcuts: [
      tool('frame', 'New frame', 'F'),
      {
        label: 'Write the prompt',
        shown: ['Enter'],
        keys: ['enter'],
        run: board => board.promptWanted.update(count => count + 1),
      },
      {
        label: 'Paint the frame',
        shown: ['Ctrl', 'Enter'],
        keys: ['mod+enter'],
        run: withActiveFrame((board, frameId) => board.session.paint(frameId)),
      },
      {
        label: 'Compare with the ink (hold)',
        shown: ['C'],
        keys: ['c'],
        run: withActiveFrame((board, frameId) => board.compared.set(frameId)),
        harmless: true,
      },
    ],
  },
  {
    group: 'Arrange',
    shortcuts: [
      tool('select', 'Select', 'V'),
      { label: 'Select everything', shown: ['Ctrl', 'A'], keys: ['mod+a'], run: board => board.selectAll() },
      { label: 'Duplicate', shown: ['Ctrl', 'D'], keys: ['mod+d'], run: board => board.duplicateSelected() },
      { label: 'To the front', shown: ['Ctrl', ']'], keys: ['mod+]'], run: board => board.toFront() },
      { label: 'To the back', shown: ['Ctrl', '['], keys: ['mod+['], run: board => board.toBack() },
      { label: 'Delete', shown: ['Delete'], keys: ['delete', 'backspace'], run: board => board.removeSelected() },
      {
        label: 'Let go',
        shown: ['Esc'],
        keys: ['escape'],
        run: board => board.selection.set(new Set()),
        harmless: true,
      },
      ...['left', 'right', 'up', 'down'].flatMap((key, index) =>
        nudge(key, [-1, 1, 0, 0][index]!, [0, 0, -1, 1][index]!),
      ),
    ],
  },
  {
    group: 'Look',
    shortcuts: [
      tool('hand', 'Hand', 'H'),
      { label: 'Closer', shown: ['+'], keys: ['+', '='], run: board => board.viewport.zoomBy(1.25), harmless: true },
      { label: 'Farther', shown: ['−'], keys: ['-'], run: board => board.viewport.zoomBy(0.8), harmless: true },
      {
        label: 'Actual size',
        shown: ['0'],
        keys: ['0'],
        run: board => board.viewport.zoomBy(1 / board.viewport.view.get().zoom),
        harmless: true,
      },
      { label: 'Everything', shown: ['1'], keys: ['1'], run: board => board.zoomToFit(), harmless: true },
      {
        label: 'The frame',
        shown: ['2'],
        keys: ['2'],
        run: withActiveFrame((board, frameId) => {
          const frame = board.session.frames.get().find(one => one.id === frameId)
          if (frame) board.zoomToFrame(frame)
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
      const shortcut = byKey.get(nameOf(event))
      if (!shortcut || (!shortcut.harmless && !board.session.canEdit())) return
      // Enter on a focused button presses the button.
      if (event.key === 'Enter' && event.target instanceof HTMLButtonElement) return
      event.preventDefault()
      shortcut.run(board)
    },
    { signal },
  )
  addEventListener('keyup', event => event.key.toLowerCase() === 'c' && board.compared.set(null), { signal })
  addEventListener('blur', () => board.compared.set(null), { signal })
  addEventListener(
    'paste',
    event => {
      if (isTyping(event.target) || isSheetOpen() || !board.session.canEdit()) return
      const images = imagesIn(event.clipboardData)
      if (images.length > 0) void board.addImages(images)
    },
    { signal },
  )
  addEventListener('dragover', event => event.preventDefault(), { signal })
  addEventListener(
    'drop',
    event => {
      event.preventDefault()
      if (isSheetOpen()) return
      const at = board.viewport.toScene({ x: event.clientX, y: event.clientY })
      const images = imagesIn(event.dataTransfer)
      if (images.length > 0 && board.session.canEdit()) void board.addImages(images, at)
    },
    { signal },
  )
  return () => stop.abort()
}

function nameOf({ key, ctrlKey, metaKey, shiftKey }: KeyboardEvent): string {
  const name = key.toLowerCase()
  const mod = ctrlKey || metaKey ? 'mod+' : ''
  // Shift is part of what makes a `+`, but a word of its own before letters and arrows.
  const shift = shiftKey && /^([a-z]|arrow\w+)$/.test(name) ? 'shift+' : ''
  return mod + shift + name
}

/** What is dropped or pasted onto a sheet belongs to the sheet. */
const isSheetOpen = (): boolean => document.querySelector('dialog[open]') !== null

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('textarea, select, input:not([type=range], [type=checkbox])')

const imagesIn = (data: DataTransfer | null): File[] =>
  [...(data?.files ?? [])].filter(file => file.type.startsWith('image/'))
