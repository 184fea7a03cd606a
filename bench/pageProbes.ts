/** What measures within the page: each function is sent there as text, so it uses nothing from outside itself. */

/** Notes in `frameMs` how long everything took that the page does in one animation frame. */
export function timeFrames(): void {
  const frameMs: number[] = []
  Object.assign(globalThis, { frameMs })
  const request = globalThis.requestAnimationFrame.bind(globalThis)
  globalThis.requestAnimationFrame = callback =>
    request(now => {
      const startedAt = performance.now()
      callback(now)
      frameMs.push(performance.now() - startedAt)
    })
}

/**
 * Notes in `inkFrames`, for each move of the pen that the page hears of, how many animation frames passed until there was
 * ink half the way to it on the canvases that are drawn while pens move: a smoothed line ends a little behind its last point. One is the frame
 * that shows the move itself. `isInkSeen` resolves when nothing is waited for any more.
 */
export function countFrames(): void {
  const inkFrames: number[] = []
  let waiting = 0
  // Over a painting, ink lies on a canvas above it.
  const names = ['Ink under the pen', 'Ink that is not in the painting yet']
  const canvases = [...document.querySelectorAll<HTMLCanvasElement>('canvas.ink')]
  const contexts = canvases.filter(one => names.includes(one.ariaLabel ?? '')).map(one => one.getContext('2d')!)
  /** By the pen of this page, which is black; those of the others are blue. */
  const isInked = (x: number, y: number) =>
    contexts.some(context => {
      const [, , blue, alpha] = context.getImageData(x * devicePixelRatio, y * devicePixelRatio, 1, 1).data
      return alpha! > 0 && blue! < 100
    })
  const isInkSeen = async () => {
    do await new Promise(requestAnimationFrame)
    while (waiting > 0)
  }
  Object.assign(globalThis, { inkFrames, isInkSeen })
  let last: readonly [number, number] | null = null
  addEventListener('pointermove', event => {
    const [from, to] = [last, [event.clientX, event.clientY] as const]
    last = event.buttons === 0 ? null : to
    if (event.buttons === 0 || !from) return
    const half = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2] as const
    let frames = 0
    waiting++
    const look = () => {
      frames++
      if (!isInked(...half) && frames <= 30) return void requestAnimationFrame(look)
      inkFrames.push(frames)
      waiting--
    }
    requestAnimationFrame(look)
  })
}

/** Says when the first ink was on the lowest canvas, and when the tools stood there, in milliseconds since the page was opened. */
export async function watchForInk(hasInk: boolean): Promise<{ inkMs: number; toolsMs: number }> {
  let [inkMs, toolsMs] = [0, 0]
  while (inkMs === 0 || toolsMs === 0) {
    await new Promise(requestAnimationFrame)
    if (toolsMs === 0 && document.querySelector('.toolbar')) toolsMs = performance.now()
    if (!hasInk) inkMs = toolsMs
    const canvas = document.querySelector<HTMLCanvasElement>('canvas.ink')
    if (inkMs > 0 || !canvas || canvas.width === 0) continue
    // A band through the middle: reading all of a canvas would be a part of what is measured.
    const { data } = canvas.getContext('2d')!.getImageData(0, canvas.height / 2, canvas.width, 40)
    if (data.some(value => value > 0)) inkMs = performance.now()
  }
  return { inkMs, toolsMs }
}
