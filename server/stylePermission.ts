import { type ErrorPayload, UserError } from '../protocol/errors.ts'
import { stylesOfFrame } from '../protocol/frameOptions.ts'
import type { Operation, SceneElement } from '../protocol/scene.ts'
import { asStyleId, type PersonId, type Studio, type StyleId } from '../studio/studio.ts'

/**
 * Why an operation may not be: it puts a style into a frame that its author may not use. A style that is in the frame
 * already may stay, with any weight: its owner has lent it to the frame.
 */
export async function missingStyle(
  studio: Studio,
  operation: Operation,
  author: PersonId,
  elements: { get(id: string): SceneElement | undefined },
): Promise<ErrorPayload | null> {
  for (const style of newStyles(operation, elements)) {
    try {
      await studio.styles.checkUse(author, style)
    } catch (error) {
      if (error instanceof UserError) return error.payload
      throw error
    }
  }
  return null
}

export async function mayUse(studio: Studio, by: PersonId, style: StyleId): Promise<boolean> {
  return studio.styles.checkUse(by, style).then(
    () => true,
    (error: unknown) => {
      if (error instanceof UserError) return false
      throw error
    },
  )
}

function newStyles(operation: Operation, elements: { get(id: string): SceneElement | undefined }): StyleId[] {
  // The protocol knows ids as plain strings.
  const ids = (frame: Parameters<typeof stylesOfFrame>[0]) => stylesOfFrame(frame).map(({ style }) => asStyleId(style))
  if (operation.type === 'add') return operation.element.kind === 'frame' ? ids(operation.element) : []
  if (operation.type !== 'change') return []
  const frame = elements.get(operation.id)
  const present = frame?.kind === 'frame' ? ids(frame) : []
  return ids(operation.change).filter(style => !present.includes(style))
}
