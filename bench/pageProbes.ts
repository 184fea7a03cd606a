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
 * Notes in `inkFrames`, for each move of the pen, how many animation frames passed until there was ink half the way to it:
 * a smoothed line ends a little behind its last point.
 */
export function countFrames(): void {
  const inkFrames: number[] = []
  Object.assign(globalThis, { inkFrames })
  const canvases = [...document.querySelectorAll<HTMLCanvasElement>('canvas.ink')]
  const isInked = (x: number, y: number) =>
    canvases.some(canvas => {
      const scale = devicePixelRatio
      return canvas.getContext('2d')!.getImageData(x * scale, y * scale, 1, 1).data[3]! > 0
    })
  let last: readonly [number, number] | null = null
  addEventListener('pointermove', event => {
    const [from, to] = [last, [event.clientX, event.clientY] as const]
    last = to
    if (event.buttons === 0 || !from) return
    const half = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2] as const
    if (isInked(...half)) return
    let frames = 0
    const look = () => {
      frames++
      if (isInked(...half) || frames > 30) inkFrames.push(frames)
      else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })
}
