import { createStore, type Store } from '../store/store.ts'
import { coloringTools, type ToolName } from './toolNames.ts'
import type { ToolSettings } from './toolSettings.ts'

/** The eyedropper as a tool of a moment: taken up by a key or a button, and put down for the tool before it. */
export interface Eyedropper {
  /** Whether it is held in the place of the tool in hand, by Alt. */
  readonly held: Store<boolean>
  /** Whether the next press picks a color. */
  isInHand(): boolean
  takeUp(): void
  /** Takes a color, as #rrggbb, into the brush; null: there was none. */
  pick(color: string | null): void
  /** Back to the tool before it. */
  putDown(): void
}

export function createEyedropper({ current, brush }: Pick<ToolSettings, 'current' | 'brush'>): Eyedropper {
  const held = createStore(false)
  let before: ToolName = 'pen'
  return {
    held,
    isInHand: () => current.get() === 'eyedropper' || (held.get() && coloringTools.has(current.get())),
    takeUp() {
      if (current.get() === 'eyedropper') return
      before = coloringTools.has(current.get()) ? current.get() : 'pen'
      current.set('eyedropper')
    },
    pick(color) {
      if (color) brush.update(settings => ({ ...settings, color }))
    },
    putDown() {
      if (current.get() === 'eyedropper') current.set(before)
    },
  }
}
