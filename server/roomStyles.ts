import { stylesOfFrame } from '../protocol/frameOptions.ts'
import type { FrameElement, SceneElement } from '../protocol/scene.ts'
import type { RoomStyle } from '../protocol/styles.ts'
import { asStyleId, type Studio, type StyleId } from '../studio/studio.ts'
import type { Room } from './room.ts'
import { createSerialQueue } from './serialQueue.ts'

/** What everybody in a room sees of the styles in its frames: whose they are, and why one cannot be used. */
export interface RoomStyles {
  readonly shown: readonly RoomStyle[]
  /** Elements of the room have changed. `before`: as they were. */
  look(before: ReadonlyMap<string, SceneElement | undefined>): void
  close(): Promise<void>
}

export async function openRoomStyles(options: {
  readonly studio: Studio
  readonly room: Pick<Room, 'scene' | 'present'>
  emit(styles: readonly RoomStyle[]): void
  /** Pictures in this style may look different now. */
  changed(style: StyleId): void
  failed(message: string, cause: unknown): void
}): Promise<RoomStyles> {
  const { studio, room, emit, changed, failed } = options
  let shown: readonly RoomStyle[] = []
  let named = ''

  async function refresh(): Promise<void> {
    const styles = await studio.styles.inRoom(stylesIn(room.present))
    const next = styles.map(({ id, name, owner, error }): RoomStyle => ({ id, name, owner, error }))
    if (JSON.stringify(next) === JSON.stringify(shown)) return
    shown = next
    emit(shown)
  }
  /** One after the other: an older look must not overwrite a newer one. */
  const queue = createSerialQueue(cause => failed('The styles of a room could not be read', cause))
  const first = refresh()
  queue.push(() => first)
  const again = () => queue.push(refresh)
  const stop = studio.styles.onChange(style => {
    if (!stylesIn(room.present).includes(style)) return
    again()
    changed(style)
  })
  await first

  return {
    get shown() {
      return shown
    },
    look(before) {
      // Ink comes hundreds of times a second, and is in no style.
      if (![...before.keys()].some(id => room.scene.elements.get(id)?.kind === 'frame')) return
      const now = stylesIn(room.present).join()
      if (now === named) return
      named = now
      again()
    },
    async close() {
      stop()
      await queue.done()
    },
  }
}

function stylesIn(elements: Room['present']): StyleId[] {
  const styles = new Set<StyleId>()
  for (const element of elements.values()) {
    if (element.kind === 'frame') for (const { style } of stylesOfFrame(element)) styles.add(asStyleId(style))
  }
  return [...styles]
}

/** Whether a frame is painted in this style. */
export function isStyledBy(frame: FrameElement, style: StyleId): boolean {
  return stylesOfFrame(frame).some(one => one.style === style)
}
