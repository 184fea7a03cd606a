import { layerOf } from '../../../protocol/layers.ts'
import type { Element, Placement } from '../../../protocol/scene.ts'
import { newId } from '../../browser/ids.ts'
import type { Board } from '../board.ts'
import { placementOf } from '../reshape.ts'
import type { Gesture, Touch } from './tool.ts'

/** The room hears of a drag this often; of many elements at once less often, to stay within its pace. */
const sendEveryMs = 50
const elementsPerMs = 4

/** Moves, scales or turns elements as the pointer goes: `target` says where each of them lies by now. */
export function beginArrangement(
  board: Board,
  moving: readonly Element[],
  target: (last: Touch) => (element: Element) => Placement,
): Gesture {
  const { session } = board
  const gesture = newId()
  // Ink on a locked layer only moves in one operation with its frame.
  const isTied = (element: Element) => layerOf(element, session.scene.elements)?.locked === true
  const ink = moving.filter(element => element.kind !== 'frame' && !isTied(element))
  const frames = moving.filter(element => element.kind === 'frame' || isTied(element))
  let placed: ((element: Element) => Placement) | null = null
  let wasSent = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function send(): void {
    clearTimeout(timer)
    timer = undefined
    wasSent = true
    arrange(ink)
  }

  /** Frames are drawn from the scene itself, so they are changed there at once. */
  const moveFrames = () => arrange(frames)

  function arrange(elements: readonly Element[]): void {
    if (elements.length === 0 || !placed) return
    const changes = elements.map(element => ({ id: element.id, change: placed!(element) }))
    session.operate([{ type: 'arrange', changes }], gesture)
  }

  return {
    move(touches) {
      placed = target(touches.at(-1)!)
      moveFrames()
      for (const element of ink) {
        // What is arranged fits the element's kind, which TypeScript cannot follow through a spread.
        board.lifted.lift({ ...element, ...placed(element) } as Element)
      }
      timer ??= setTimeout(send, Math.max(sendEveryMs, ink.length / elementsPerMs))
    },
    end() {
      if (placed) send()
      for (const element of moving) board.lifted.drop(element.id)
    },
    cancel() {
      clearTimeout(timer)
      if (placed) placed = placementOf
      moveFrames()
      if (wasSent) send()
      for (const element of moving) board.lifted.drop(element.id)
    },
  }
}
