import { boundsOf, grow, unionOf } from '../../../protocol/geometry.ts'
import { limits } from '../../../protocol/limits.ts'
import { playStep } from '../../../protocol/replay.ts'
import type { Box, SceneElement } from '../../../protocol/scene.ts'
import { createImages, type Images } from '../images.ts'
import type { ClipSource } from './clip.ts'
import type { History } from './history.ts'
import { createMomentPainter } from './painter.ts'
import { broughtBack, createPlayer, type Player } from './player.ts'

/** A history that is ready to be shown. */
export interface Replay {
  /** How many things happen in it: operations, and pictures that came. */
  readonly count: number
  /** The part of the scene that is shown. */
  readonly box: Box
  /** When what is seen at a place on the line happened, or the first of it will, in milliseconds since 1970; null: nothing did. */
  timeAt(share: number): number | null
  /** What was drawn before is not stored any more; null: everything is. */
  readonly startsLate: number | null
  /** A frame has had as many pictures as are kept of one: there may have been more. */
  readonly hasOldPictures: boolean
  /** How many of its pictures and images have gone. */
  readonly lost: number
  /** Draws onto a canvas from now on; returns what draws a place on the line, 0…1, and tells whether anything changed. */
  drawOn(canvas: HTMLCanvasElement): (share: number) => boolean
  /** The same for a clip, with a player of its own, on a canvas of its own. */
  clipSource(maxSide: number): ClipSource
}

/** An empty room is as large as one frame. */
const emptyBox: Box = { x: -256, y: -256, width: 512, height: 512 }
const marginShare = 0.04
/** Images that are fetched at the same time. */
const atOnce = 6

/** Loads the pictures of a history; `desk`: the colour behind everything. */
export async function openReplay(
  history: History,
  options: { readonly desk: () => string; readonly signal: AbortSignal; readonly onProgress: (share: number) => void },
): Promise<Replay> {
  const { desk, signal, onProgress } = options
  const player = createPlayer(history)
  const { box, files } = survey(history)
  const loaded = createImages()
  const lost = await loadAll(files, loaded, { signal, onProgress })
  // What is gone is not asked for again with each picture.
  const images: Pick<Images, 'get'> = { get: file => (lost.has(file) ? undefined : loaded.get(file)) }

  function drawOn(canvas: HTMLCanvasElement, from: Player): (share: number) => boolean {
    const painter = createMomentPainter(canvas, { box, images, desk })
    let isDrawn = false
    return share => {
      const hasMoved = from.seek(from.timeline.countAt(share))
      if (!hasMoved && isDrawn) return false
      isDrawn = true
      painter.draw(from.moment())
      return true
    }
  }

  const { length: count } = player.happenings
  return {
    ...{ count, box, lost: lost.size },
    timeAt: share => player.happenings[Math.max(1, player.timeline.countAt(share)) - 1]?.at ?? null,
    startsLate: history.after > 0 ? (history.steps[0]?.at ?? null) : null,
    hasOldPictures: hasFullFrame(history),
    drawOn: canvas => drawOn(canvas, player),
    clipSource(maxSide) {
      const scale = maxSide / Math.max(box.width, box.height)
      const side = (length: number) => Math.max(16, Math.round((length * scale) / 2) * 2)
      const canvas = document.createElement('canvas')
      Object.assign(canvas, { width: side(box.width), height: side(box.height) })
      const draw = drawOn(canvas, createPlayer(history))
      return { canvas, draw: async share => draw(share) }
    },
  }
}

function hasFullFrame({ pictures }: History): boolean {
  const counts = new Map<string, number>()
  for (const { frameId } of pictures) counts.set(frameId, (counts.get(frameId) ?? 0) + 1)
  return [...counts.values()].some(count => count >= limits.maxResultsPerFrame)
}

/** What the whole history needs: the box around all that ever lay there, and the files of all images. */
function survey({ begun, steps, pictures }: History): { readonly box: Box; readonly files: ReadonlySet<string> } {
  const files = new Set(pictures.map(({ file }) => file))
  const elements = new Map(begun.map(element => [element.id, element]))
  let around: Box | null = null
  function look(changed: Iterable<SceneElement>): void {
    for (const element of changed) {
      if (element.kind === 'layer' || element.removed) continue
      if (element.kind === 'image') files.add(element.file)
      if (element.kind === 'frame' && element.paper?.kind === 'picture') files.add(element.paper.file)
      around = unionOf([boundsOf(element), ...(around ? [around] : [])])
    }
  }
  look(begun)
  for (const step of steps) {
    look(playStep(elements, step))
    const back = broughtBack(step)
    if (back) files.add(back.file)
  }
  // Set within a function, which the compiler does not follow.
  const shown = (around as Box | null) ?? emptyBox
  const margin = marginShare * Math.max(shown.width, shown.height)
  return { box: grow(shown, margin, margin), files }
}

/** Those that could not be loaded. */
async function loadAll(
  files: ReadonlySet<string>,
  images: Images,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress: (share: number) => void },
): Promise<ReadonlySet<string>> {
  const waiting = [...files]
  const lost = new Set<string>()
  let done = 0
  async function load(): Promise<void> {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      signal.throwIfAborted()
      const isThere = await images.load(file)
      if (!isThere) lost.add(file)
      onProgress(++done / files.size)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, load))
  return lost
}
