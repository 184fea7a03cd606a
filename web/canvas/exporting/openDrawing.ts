import { highestKey } from '../../../protocol/depth.ts'
import { boundsOf, unionOf } from '../../../protocol/geometry.ts'
import { limits } from '../../../protocol/limits.ts'
import {
  type FileElement,
  openingOf,
  type RoomFile,
  RoomFileError,
  readRoomFile,
  roomFileVersion,
} from '../../../protocol/roomFile.ts'
import type { Element } from '../../../protocol/scene.ts'
import { newId } from '../../browser/ids.ts'
import { messageFor, TranslatedError, uploadImage } from '../../room/http.ts'
import { loadStyles, styles } from '../../room/styles.ts'
import { notify } from '../../store/toasts.ts'
import { t } from '../../text/t.ts'
import type { Board } from '../board.ts'
import { round } from '../reshape.ts'

/** Scene units between what is there and what is opened beside it. */
const gap = 80

/** Lays an exported drawing into this room, beside what is there: one gesture, which undo takes back. */
export async function openDrawing(board: Board, file: File): Promise<void> {
  const { session } = board
  try {
    if (file.size > limits.maxDrawingFileBytes) {
      throw new TranslatedError(t('drawing.large', { max: limits.maxDrawingFileBytes >> 20 }))
    }
    const drawing = readRoomFile(await file.text())
    const files = await bringFiles(board, drawing)
    await loadStyles().catch(() => undefined)
    const usable = new Set([...(styles.get() ?? []).map(({ id }) => id), ...session.styles.get().keys()])
    const operations = openingOf(drawing.elements, {
      newId,
      above: highestKey(session.elements),
      fileOf: name => files.get(name),
      mayUse: style => usable.has(style),
      ...placeBeside(session.elements, drawing.elements),
    })
    if (operations.length === 0) return notify(t('drawing.empty'))
    session.operate(operations, newId())
    board.camera.showAll()
    const missing = Object.keys(drawing.files).length - files.size
    notify(missing > 0 ? t('drawing.without', { count: missing }) : t('drawing.opened'))
  } catch (error) {
    notify(`${file.name}: ${error instanceof RoomFileError ? problemText(error) : messageFor(error)}`, 'bad')
  }
}

function problemText(error: RoomFileError): string {
  console.info(error)
  const { reason } = error
  switch (reason.type) {
    case 'form':
      return t('drawing.form')
    case 'version':
      return t('drawing.version', { version: reason.version, known: roomFileVersion })
    case 'damaged':
      return t('drawing.damaged', { place: reason.place })
    default:
      return reason satisfies never
  }
}

/** What the images of a drawing are called here; those that cannot be brought are left out. */
async function bringFiles({ session }: Board, { files }: RoomFile): Promise<ReadonlyMap<string, string>> {
  const here = new Map<string, string>()
  for (const [name, base64] of Object.entries(files)) {
    try {
      const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))
      here.set(name, (await uploadImage(session.secret, new Blob([bytes]))).file)
    } catch (error) {
      console.info('An image of a drawing could not be brought here.', error)
    }
  }
  return here
}

/** Where nothing is hidden by it: in its own place in an empty room, otherwise to the right of everything. */
function placeBeside(
  there: readonly Element[],
  opened: readonly FileElement[],
): { readonly dx: number; readonly dy: number } {
  const around = unionOf(there.map(boundsOf))
  const drawn = opened.filter(element => element.kind !== 'layer')
  const comes = unionOf(drawn.map(element => boundsOf({ ...element, author: '', removed: false, z: '' } as Element)))
  if (!around || !comes) return { dx: 0, dy: 0 }
  return { dx: round(around.x + around.width + gap - comes.x), dy: round(around.y - comes.y) }
}
