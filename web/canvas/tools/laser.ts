import type { Tool } from './tool.ts'

/** Shows the others something: a trail that fades, and leaves nothing behind. */
export const laser: Tool = {
  begin(first, board) {
    const point = (scene: { readonly x: number; readonly y: number }) => {
      board.pointing.set(scene)
      board.session.moveCursor({ ...scene, isPointing: true })
    }
    const end = () => {
      const at = board.pointing.get()
      board.pointing.set(null)
      if (at) board.session.moveCursor(at)
    }
    point(first.scene)
    return { move: touches => point(touches.at(-1)!.scene), end, cancel: end }
  },
}
