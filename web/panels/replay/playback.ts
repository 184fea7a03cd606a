import { type RefObject, useEffect, useRef, useState } from 'react'
import { prefersStillness } from '../../browser/motion.ts'
import type { Replay } from '../../canvas/replay/replay.ts'
import { onThemeChange } from '../../store/theme.ts'

/** A replay on a canvas: where it stands, from 0 to 1, and whether it goes on by itself. */
export interface Playback {
  readonly share: number
  readonly isPlaying: boolean
  /** From the beginning where it has come to its end. */
  toggle(): void
  goTo(share: number): void
}

/** `seconds`: from beginning to end. It plays at once; to whoever prefers stillness it shows how the room is, and plays when asked. */
export function usePlayback(replay: Replay, canvas: RefObject<HTMLCanvasElement | null>, seconds: number): Playback {
  const [isStill] = useState(prefersStillness)
  const [share, setShare] = useState(isStill ? 1 : 0)
  const [isPlaying, setPlaying] = useState(!isStill)
  const draw = useRef<((share: number) => boolean) | null>(null)
  const place = useRef(share)

  function show(next: number): void {
    place.current = Math.min(1, Math.max(0, next))
    draw.current?.(place.current)
    setShare(place.current)
  }

  useEffect(() => {
    const element = canvas.current!
    const open = () => {
      draw.current = replay.drawOn(element)
      draw.current(place.current)
    }
    fitInto(element, replay)
    open()
    return onThemeChange(open)
  }, [replay, canvas])

  // biome-ignore lint/correctness/useExhaustiveDependencies: `show` reads what is newest by itself
  useEffect(() => {
    if (!isPlaying) return
    let before = performance.now()
    let waiting = requestAnimationFrame(function next(now) {
      show(place.current + Math.max(0, now - before) / (seconds * 1000))
      before = now
      if (place.current < 1) waiting = requestAnimationFrame(next)
      else setPlaying(false)
    })
    return () => cancelAnimationFrame(waiting)
  }, [isPlaying, seconds])

  return {
    ...{ share, isPlaying },
    toggle() {
      if (!isPlaying && place.current >= 1) show(0)
      setPlaying(!isPlaying)
    },
    goTo(next) {
      setPlaying(false)
      show(next)
    },
  }
}

/** Of the screen's pixels, so many lie on one of CSS. */
const maxPixelRatio = 2
/** Of the height of the window: the controls stand below. */
const maxHeightShare = 0.6

/** As large as the place that it stands in, in the proportions of what is shown. */
function fitInto(canvas: HTMLCanvasElement, { box }: Replay): void {
  const wide = canvas.parentElement!.clientWidth
  const scale = Math.min(wide / box.width, (innerHeight * maxHeightShare) / box.height)
  const ratio = Math.min(devicePixelRatio, maxPixelRatio)
  canvas.style.width = `${box.width * scale}px`
  canvas.style.aspectRatio = `${box.width} / ${box.height}`
  canvas.width = Math.max(1, Math.round(box.width * scale * ratio))
  canvas.height = Math.max(1, Math.round(box.height * scale * ratio))
}
