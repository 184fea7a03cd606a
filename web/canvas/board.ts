import { generateKeyBetween } from 'fractional-indexing'
import type { FrameResult } from '../../protocol/events.ts'
import { boundsOf } from '../../protocol/geometry.ts'
import type { Box, Element, FrameElement, Operation } from '../../protocol/scene.ts'
import { snapStrength } from '../../protocol/strength.ts'
import { newId, newSeed } from '../browser/ids.ts'
import { uploadImage, wordsFor } from '../room/http.ts'
import type { RoomSession } from '../room/session.ts'
import { remembered } from '../store/remembered.ts'
import { createStore, type Store } from '../store/store.ts'
import { onThemeChange } from '../store/theme.ts'
import { notify } from '../store/toasts.ts'
import { contains, elementsUnder, unionOf } from './hit.ts'
import { createImages } from './images.ts'
import { frameSide, reshape, round } from './reshape.ts'
import { type Canvases, type Covered, createSurface, type Surface } from './surface.ts'
import type { ToolName } from './tools/tool.ts'
import { createViewport, type Padding, type Point, type Viewport } from './viewport.ts'

/** How a frame looks to this viewer. */
export type FrameLook = 'painting' | 'beside' | 'ink'

export interface Brush {
  readonly color: string
  /** Scene units, 1 … limits.maxBrushSize. */
  readonly size: number
}

/** The desk with everything on it: what tools act on and what panels show. */
export interface Board {
  readonly session: RoomSession
  readonly viewport: Viewport
  readonly tool: Store<ToolName>
  readonly brush: Store<Brush>
  readonly eraserSize: Store<number>
  /** Whether shapes are filled with the brush's color. */
  readonly filled: Store<boolean>
  readonly selection: Store<ReadonlySet<string>>
  /** The frame whose prompt is shown: the last one chosen or drawn in. */
  readonly activeFrame: Store<string | null>
  readonly looks: Store<ReadonlyMap<string, FrameLook>>
  /** A frame whose ink is shown only while a key or button is held. */
  readonly compared: Store<string | null>
  /** A kept result being looked at in its frame, by this viewer only. */
  readonly peeked: Store<FrameResult | null>
  /** The box being drawn around things, in scene units. */
  readonly marquee: Store<Box | null>
  /** Asks the prompt field of the active frame for the focus. Counts up. */
  readonly promptWanted: Store<number>

  mount(canvases: Canvases): () => void
  surface(): Surface | null
  selected(): Element[]
  /** The selection as it is shown now, in the middle of a drag too. */
  shownSelection(): Element[]
  /** Counts whatever may move the selection's box. */
  moves(): number
  onMove(listener: () => void): () => void
  lookOf(frameId: string): FrameLook
  setLook(frameId: string, look: FrameLook): void

  /** The index of an element on top of everything. */
  topZ(): string
  addFrame(box: Box, wish?: { prompt?: string }): string
  addImages(files: readonly Blob[], at?: Point): Promise<void>
  pin(frame: FrameElement, file: string, size: { readonly width: number; readonly height: number }): void
  removeSelected(): void
  duplicateSelected(): void
  nudgeSelected(dx: number, dy: number): void
  toFront(): void
  toBack(): void
  selectAll(): void
  zoomToFit(options?: { glide?: boolean }): void
  zoomToFrame(frame: Box): void
}

const isBrush = (value: unknown): value is Brush =>
  typeof value === 'object' &&
  value !== null &&
  /^#[0-9a-f]{6}$/.test(String((value as Brush).color)) &&
  Number.isFinite((value as Brush).size)

/** Below this width the panels lie at the bottom, as panels.css has it. */
const phoneWidth = 760
/** Between ink and painting side by side, as room.css has it. */
const besideGap = 24

/** Where the sheets lie: ink is cut off at their edges, so it changes with them and not with their prompts. */
const placesOf = (frames: readonly FrameElement[]): string =>
  JSON.stringify(frames.map(({ id, x, y, width, height }) => [id, x, y, width, height]))

export function createBoard(session: RoomSession): Board {
  const viewport = createViewport()
  const brush = remembered<Brush>('brush', { color: '#1f2430', size: 10 }, stored =>
    isBrush(stored) ? stored : undefined,
  )
  const eraserSize = remembered('eraser', 32, stored =>
    typeof stored === 'number' && stored >= 1 ? stored : undefined,
  )
  const tool = createStore<ToolName>('pen')
  const selection = createStore<ReadonlySet<string>>(new Set())
  const activeFrame = createStore<string | null>(null)
  const looks = createStore<ReadonlyMap<string, FrameLook>>(new Map())
  const compared = createStore<string | null>(null)
  let surface: Surface | null = null
  let moves = 0
  const moveListeners = new Set<() => void>()
  function countMove(): void {
    moves++
    for (const listener of moveListeners) listener()
  }

  const lookOf = (frameId: string): FrameLook =>
    compared.get() === frameId ? 'ink' : (looks.get().get(frameId) ?? 'painting')

  /** Ink over a frame that its painting does not show yet, and ink that is selected there. */
  function unpaintedIn(frame: FrameElement): Element[] {
    const paintedAt = session.paintings.clockOf(frame.id)
    return elementsUnder(session.elements, frame).filter(
      element => session.isNewerThan(paintedAt, element) || selection.get().has(element.id),
    )
  }

  const covered = (): Covered[] =>
    session.frames
      .get()
      .filter(frame => lookOf(frame.id) === 'painting' && session.paintings.has(frame.id))
      .map(frame => ({ frame, unpainted: unpaintedIn(frame) }))

  function mount(canvases: Canvases): () => void {
    const images = createImages(() => surface?.redraw())
    /** What each frame's painting did not show yet when it was last looked at: what is gone from it has been painted. */
    let before = new Map<string, readonly Element[]>()
    const mounted = createSurface(canvases, viewport, images, {
      elements: () => session.elements,
      frames: () => session.frames.get(),
      covered: () => {
        const now = covered()
        before = new Map(now.map(({ frame, unpainted }) => [frame.id, unpainted]))
        return now
      },
      onDrawn: countMove,
    })
    surface = mounted
    let framePlaces = placesOf(session.frames.get())
    const stops = [
      viewport.view.subscribe(mounted.draw),
      viewport.size.subscribe(mounted.draw),
      session.onChange(mounted.draw),
      looks.subscribe(mounted.draw),
      compared.subscribe(mounted.draw),
      selection.subscribe(mounted.draw),
      onThemeChange(mounted.redraw),
      session.frames.subscribe(() => {
        const places = placesOf(session.frames.get())
        if (places !== framePlaces) mounted.redraw()
        framePlaces = places
      }),
      session.paintings.subscribe(frameId => {
        const frame = session.frames.get().find(one => one.id === frameId)
        if (!frame) return
        const still = new Set(unpaintedIn(frame))
        const painted = (before.get(frameId) ?? []).filter(element => !still.has(element))
        mounted.melt(frame, painted)
      }),
    ]
    mounted.redraw()
    return () => {
      for (const stop of stops) stop()
      mounted.dispose()
      surface = null
    }
  }

  const topZ = () => generateKeyBetween(session.elements.at(-1)?.z ?? null, null)

  function selected(): Element[] {
    const ids = selection.get()
    return session.elements.filter(element => ids.has(element.id))
  }

  /** What the bars and the frame's panel leave free, in CSS pixels. */
  function clearOfPanels(): Padding {
    const isPhone = viewport.size.get().width <= phoneWidth
    if (isPhone) return { top: 108, right: 12, bottom: activeFrame.get() === null ? 172 : 290, left: 12 }
    return { top: 112, right: activeFrame.get() === null ? 48 : 344, bottom: 152, left: 48 }
  }

  /** One step towards front or back keeps the selection's own order. */
  function restack(place: 'front' | 'back'): void {
    const chosen = selected()
    if (chosen.length === 0) return
    let z = place === 'front' ? (session.elements.at(-1)?.z ?? null) : (session.elements[0]?.z ?? null)
    const operations = (place === 'front' ? chosen : chosen.toReversed()).map((element): Operation => {
      z = place === 'front' ? generateKeyBetween(z, null) : generateKeyBetween(null, z)
      return { type: 'change', id: element.id, change: { z } }
    })
    session.operate(operations, newId())
  }

  function addFrame(box: Box, wish: { prompt?: string } = {}): string {
    const id = newId()
    const defaults = session.entered.get()?.model.defaults ?? { steps: 4, guidance: 4, strength: 0.6 }
    session.operate([
      {
        type: 'add',
        element: {
          id,
          kind: 'frame',
          z: topZ(),
          x: round(box.x),
          y: round(box.y),
          width: frameSide(box.width),
          height: frameSide(box.height),
          name: `Frame ${session.frames.get().length + 1}`,
          prompt: wish.prompt ?? '',
          strength: snapStrength(defaults.strength, defaults.steps),
          guidance: defaults.guidance,
          steps: defaults.steps,
          seed: newSeed(),
          seedLocked: true,
          live: true,
        },
      },
    ])
    activeFrame.set(id)
    return id
  }

  function addImage(file: string, box: Box): void {
    const id = newId()
    const element = { id, kind: 'image' as const, z: topZ(), file, ...box }
    session.operate([{ type: 'add', element }])
    selection.set(new Set([id]))
    tool.set('select')
  }

  return {
    session,
    viewport,
    tool,
    brush,
    eraserSize,
    filled: createStore(true),
    selection,
    activeFrame,
    looks,
    compared,
    peeked: createStore<FrameResult | null>(null),
    marquee: createStore<Box | null>(null),
    promptWanted: createStore(0),
    mount,
    surface: () => surface,
    selected,
    shownSelection: () => selected().map(element => surface?.lifted.get(element.id) ?? element),
    moves: () => moves,
    onMove(listener) {
      moveListeners.add(listener)
      return () => moveListeners.delete(listener)
    },
    lookOf,
    setLook(frameId, look) {
      looks.update(all => new Map(all).set(frameId, look))
      const frame = session.frames.get().find(one => one.id === frameId)
      if (look !== 'beside' || !frame) return
      // Both halves, if the second would be out of sight.
      const both = { ...frame, width: frame.width * 2 + besideGap }
      if (!contains(viewport.visible(), both)) viewport.fit(both, { padding: clearOfPanels(), maxZoomTo: 2 })
    },
    topZ,
    addFrame,

    async addImages(files, at) {
      const visible = viewport.visible()
      let { x, y } = at ?? { x: visible.x + visible.width / 2, y: visible.y + visible.height / 2 }
      for (const file of files) {
        try {
          const { file: hash, width, height } = await uploadImage(session.secret, file)
          // Inside a frame a picture fills it; elsewhere it takes at most half the view.
          const frame = session.frames.get().findLast(one => contains(one, { x, y, width: 0, height: 0 }))
          const most = frame ?? { width: visible.width / 2, height: visible.height / 2 }
          const scale = Math.min(1, most.width / width, most.height / height)
          const fit = frame ? Math.min(frame.width / width, frame.height / height) : scale
          const middle = frame ? { x: frame.x + frame.width / 2, y: frame.y + frame.height / 2 } : { x, y }
          addImage(hash, {
            x: round(middle.x - (width * fit) / 2),
            y: round(middle.y - (height * fit) / 2),
            width: round(width * fit),
            height: round(height * fit),
          })
          x += 24
          y += 24
        } catch (error) {
          notify(wordsFor(error), 'bad')
        }
      }
    },

    pin(frame, file, { width, height }) {
      const scale = Math.min(frame.width / width, frame.height / height)
      const box = { width: round(width * scale), height: round(height * scale) }
      const gap = 32
      // Beside the frame, right of whatever was pinned there before.
      const row = session.elements.filter(
        element => element.kind === 'image' && element.x > frame.x && Math.abs(element.y - frame.y) < frame.height / 2,
      )
      const right = Math.max(
        frame.x + frame.width,
        ...row.map(element => boundsOf(element).x + boundsOf(element).width),
      )
      addImage(file, { x: right + gap, y: frame.y, ...box })
      // The same seed over its own output only sharpens it: an unlocked seed moves on after a pin.
      if (!frame.seedLocked) session.operate([{ type: 'change', id: frame.id, change: { seed: newSeed() } }])
      notify('Pinned beside the frame.')
    },

    removeSelected() {
      const ids = selected().map(element => element.id)
      if (ids.length === 0) return
      session.operate([{ type: 'remove', ids }])
      selection.set(new Set())
      if (ids.includes(activeFrame.get() ?? '')) activeFrame.set(null)
    },
    duplicateSelected() {
      const chosen = selected()
      let z = topZ()
      const copies = chosen.map(({ author, removed, ...element }) => {
        const copy = { ...element, id: newId(), z, x: element.x + 24, y: element.y + 24 }
        z = generateKeyBetween(z, null)
        return copy
      })
      if (copies.length === 0) return
      session.operate(
        copies.map(element => ({ type: 'add', element })),
        newId(),
      )
      selection.set(new Set(copies.map(copy => copy.id)))
    },
    nudgeSelected(dx, dy) {
      const operations = selected().map((element): Operation => {
        const from = { x: element.x, y: element.y, width: 0, height: 0 }
        return {
          type: 'change',
          id: element.id,
          change: reshape(element, from, { ...from, x: from.x + dx, y: from.y + dy }),
        }
      })
      if (operations.length > 0) session.operate(operations, `nudge ${[...selection.get()].join(' ')}`)
    },
    toFront: () => restack('front'),
    toBack: () => restack('back'),
    selectAll() {
      tool.set('select')
      selection.set(new Set(session.elements.map(element => element.id)))
    },
    zoomToFit(options = {}) {
      const box = unionOf(session.elements.map(boundsOf))
      if (box) viewport.fit(box, { padding: clearOfPanels(), ...options })
    },
    zoomToFrame: frame => viewport.fit(frame, { maxZoomTo: 2, padding: clearOfPanels() }),
  }
}
