import { stylesOfFrame } from '../protocol/frameOptions.ts'
import type { FrameElement, Scene } from '../protocol/scene.ts'
import type { RoomStyle } from '../protocol/styles.ts'
import { asStyleId, type Studio, type StyleId } from '../studio/studio.ts'
import { createSerialQueue } from './serialQueue.ts'

/** What everybody in a room sees of the styles in its frames: whose they are, and why one cannot be used. */
export interface RoomStyles {
  readonly shown: readonly RoomStyle[]
  /** Something in the room has changed. */
  look(): void
  close(): Promise<void>
}

export async function openRoomStyles(options: {
  readonly studio: Studio
  readonly room: { readonly scene: Scene }
  emit(styles: readonly RoomStyle[]): void
  /** Pictures in this style may look different now. */
  changed(style: StyleId): void
  failed(message: string, cause: unknown): void
}): Promise<RoomStyles> {
  const { studio, room, emit, changed, failed } = options
  let shown: readonly RoomStyle[] = []
  let named = ''

  async function refresh(): Promise<void> {
    const styles = await studio.styles.inRoom(stylesIn(room.scene))
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
    if (!stylesIn(room.scene).includes(style)) return
    again()
    changed(style)
  })
  await first

  return {
    get shown() {
      return shown
    },
    look() {
      const now = stylesIn(room.scene).join()
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

function stylesIn({ elements }: Scene): StyleId[] {
  const styles = new Set<StyleId>()
  for (const element of elements.values()) {
    if (element.kind === 'frame' && !element.removed)
      for (const { style } of stylesOfFrame(element)) styles.add(asStyleId(style))
  }
  return [...styles]
}

/** Whether a frame is painted in this style. */
export function isStyledBy(frame: FrameElement, style: StyleId): boolean {
  return stylesOfFrame(frame).some(one => one.style === style)
}
