import { fileElements, filesOf, type RoomFile, roomFileVersion } from '../../../protocol/roomFile.ts'
import type { SceneElement } from '../../../protocol/scene.ts'
import type { Board } from '../board.ts'
import type { Excerpt } from '../drawingExport.ts'
import { fileUrl } from '../images.ts'

/** A drawing as JSON, with its layers and with the images that it needs inside. */
export async function drawingAsJson(board: Board, { elements }: Pick<Excerpt, 'elements'>): Promise<Blob> {
  const { session } = board
  const frames = new Set(elements.flatMap(({ id, kind }) => (kind === 'frame' ? id : [])))
  const layers = session.layers.get().filter(({ frame }) => frames.has(frame))
  const all: SceneElement[] = [...elements, ...layers]
  const inFile = fileElements(all)
  const files: Record<string, string> = {}
  for (const file of filesOf(inFile)) files[file] = await loadBase64(file)
  const drawing: RoomFile = {
    ...{ fourstroke: 'room', version: roomFileVersion, name: session.name.get() },
    ...{ elements: inFile, files },
  }
  return new Blob([JSON.stringify(drawing)], { type: 'application/json' })
}

async function loadBase64(file: string): Promise<string> {
  const response = await fetch(fileUrl(file))
  if (!response.ok) throw new Error(`The studio answered ${response.status} for an image of this room.`)
  return toBase64(new Uint8Array(await response.arrayBuffer()))
}

/** In pieces: a call takes only so many arguments. */
function toBase64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 8_192) text += String.fromCharCode(...bytes.subarray(at, at + 8_192))
  return btoa(text)
}
