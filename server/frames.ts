import { UserError } from '../protocol/errors.ts'
import type { FrameState, StoredOperation } from '../protocol/events.ts'
import { boundsOf, overlaps } from '../protocol/geometry.ts'
import type { Element, FrameElement, LayerElement, SceneElement } from '../protocol/scene.ts'
import { asPersonId, type PersonId, type StyleId } from '../studio/studio.ts'
import { type FrameContext, type FramePainter, openFramePainter } from './framePainter.ts'
import type { FrameRecord } from './roomRecord.ts'
import { isStyledBy } from './roomStyles.ts'

/** The frames of a room and who must look again when something changes. */
export interface Frames {
  readonly states: readonly FrameState[]
  readonly painters: Iterable<FramePainter>
  readonly records: Readonly<Record<string, FrameRecord>>
  /** The lowest clock up to which a frame's picture shows what is drawn; null: there are no pictures. */
  readonly paintedUpTo: number | null
  stored(operations: readonly StoredOperation[], before: ReadonlyMap<string, SceneElement | undefined>): void
  /** Somebody has come: look at everything, in their name. */
  wake(by: PersonId): void
  /** A style has been learned anew, disabled or deleted: look at the frames that it is in. */
  restyled(style: StyleId): void
  find(frameId: string): Promise<FramePainter>
  close(): Promise<void>
}

export async function openFrames(context: FrameContext, by: PersonId): Promise<Frames> {
  const { elements } = context.room.scene
  const opening = new Map<string, Promise<FramePainter>>()
  const painters = new Map<string, FramePainter>()
  /** What frames showed that were removed: whoever takes that back finds them as they were. */
  const removed = new Map<string, Promise<FrameRecord | undefined>>()

  function open(frameId: string, opener: PersonId): Promise<FramePainter> {
    const known = opening.get(frameId)
    if (known) return known
    const painter = openAsItWas()
    opening.set(frameId, painter)
    painter.then(
      opened => {
        // Removed while it was being opened.
        if (opening.get(frameId) !== painter) return opened.close()
        painters.set(frameId, opened)
        context.emitState(opened.state)
        opened.touch(opener)
      },
      error => {
        opening.delete(frameId)
        context.failed('A frame could not be opened', error)
      },
    )
    return painter

    async function openAsItWas(): Promise<FramePainter> {
      const record = (await removed.get(frameId)) ?? context.room.frameRecords[frameId]
      removed.delete(frameId)
      return openFramePainter(frameId, opener, { ...context, record })
    }
  }

  function shut(frameId: string) {
    opening.delete(frameId)
    const painter = painters.get(frameId)
    painters.delete(frameId)
    if (!painter) return
    const closing = painter.close().catch(error => context.failed('A frame could not be closed', error))
    removed.set(
      frameId,
      closing.then(() => painter.record ?? undefined),
    )
  }

  const isFrame = (element: SceneElement | undefined): element is FrameElement =>
    element?.kind === 'frame' && !element.removed

  /** What lies on these layers, or would if they and their frames were there. */
  function inkOf(isMeant: (layer: LayerElement) => boolean): Element[] {
    const isLayer = (one: SceneElement): one is LayerElement => one.kind === 'layer' && isMeant(one)
    const layers = new Set([...elements.values()].filter(isLayer).map(({ id }) => id))
    if (layers.size === 0) return []
    return [...elements.values()].filter(
      (one): one is Element =>
        one.kind !== 'layer' && one.kind !== 'frame' && !one.removed && layers.has(one.layer ?? ''),
    )
  }

  // One that cannot be opened is said and left out; the room is for drawing all the same.
  await Promise.allSettled([...elements.values()].filter(isFrame).map(({ id }) => open(id, by)))

  return {
    get states() {
      return [...painters.values()].map(painter => painter.state)
    },
    get painters() {
      return painters.values()
    },
    get paintedUpTo() {
      const clocks = [...painters.values()].flatMap(({ state }) => state.painted?.upTo ?? [])
      return clocks.length > 0 ? Math.min(...clocks) : null
    },
    get records() {
      const records = [...painters].map(([id, painter]) => [id, painter.record] as const)
      return Object.fromEntries(records.filter((pair): pair is [string, FrameRecord] => pair[1] !== null))
    },
    stored(operations, before) {
      const author = asPersonId(operations.at(-1)!.author)
      const typing = new Set<string>()
      const drawn: Element[] = []
      for (const [id, old] of before) {
        const now = elements.get(id)
        if (now?.kind === 'frame') {
          // Ink that does not touch its layer's frame any more lies on no layer, and others may see it.
          drawn.push(...inkOf(layer => layer.frame === id))
          if (now.removed) shut(id)
          else if (!painters.has(id)) void open(id, author)
          else if (old?.kind === 'frame' && old.prompt !== now.prompt) typing.add(id)
          else painters.get(id)!.touch(author, { isDrawing: true })
        } else {
          for (const one of [old, now]) {
            if (one?.kind === 'layer') drawn.push(...inkOf(layer => layer.id === id))
            else if (one && !one.removed && one.kind !== 'frame') drawn.push(one)
          }
        }
      }
      for (const [id, painter] of painters) {
        const frame = elements.get(id)
        if (typing.has(id)) painter.touch(author, { isTyping: true, isDrawing: true })
        else if (isFrame(frame) && drawn.some(one => overlaps(boundsOf(one), frame)))
          painter.touch(author, { isDrawing: true })
      }
    },
    wake(waker) {
      for (const painter of painters.values()) painter.touch(waker)
    },
    restyled(style) {
      for (const [id, painter] of painters) {
        const frame = elements.get(id)
        if (isFrame(frame) && isStyledBy(frame, style)) painter.touch(asPersonId(frame.author))
      }
    },
    async find(frameId) {
      const painter = isFrame(elements.get(frameId)) ? await opening.get(frameId) : undefined
      if (!painter) throw new UserError('frame/missing')
      return painter
    },
    async close() {
      const opened = await Promise.allSettled(opening.values())
      await Promise.all(opened.map(one => (one.status === 'fulfilled' ? one.value.close() : undefined)))
    },
  }
}
