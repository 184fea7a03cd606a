import { notify } from '../../store/toasts.ts'
import { withTexts } from '../../text/language.ts'
import { t } from '../../text/t.ts'
import type { Gesture, Tool, Touch } from './tool.ts'

/** A tool whose code is loaded with its first gesture, which waits for it and is then played from its beginning. */
export function laterTool(load: () => Promise<Tool>): Tool {
  let loaded: Tool | null = null
  return {
    begin: (first, board) =>
      loaded?.begin(first, board) ??
      (loaded
        ? null
        : beginLater(async () => {
            loaded = await withTexts(load)
            return loaded.begin(first, board)
          })),
  }
}

/** A gesture that begins when its code is there. */
export function beginLater(begin: () => Promise<Gesture | null>): Gesture {
  const touches: Touch[] = []
  let gesture: Gesture | null = null
  let ending: 'end' | 'cancel' | null = null
  begin().then(
    begun => {
      gesture = begun
      if (touches.length > 0) gesture?.move(touches)
      if (ending) gesture?.[ending]()
    },
    () => notify(t('later.tool'), 'bad'),
  )
  function finish(how: 'end' | 'cancel'): void {
    if (gesture) gesture[how]()
    ending = how
  }
  return {
    move(next) {
      if (gesture) gesture.move(next)
      else touches.push(...next)
    },
    end: () => finish('end'),
    cancel: () => finish('cancel'),
  }
}
