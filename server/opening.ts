import { generateKeyBetween } from 'fractional-indexing'
import type { FrameStyle } from '../protocol/frameOptions.ts'
import { limits } from '../protocol/limits.ts'
import type { Operation } from '../protocol/scene.ts'
import type { Picture, Room, Studio } from '../studio/studio.ts'
import type { Room as OpenRoom } from './room.ts'
import { mayUse } from './stylePermission.ts'

/** The longer side of a frame that a picture from chat opens with, scene units. */
const frameSide = 512
export const openingFrameId = 'opening-frame'

/**
 * Puts the picture that a room was made for into it, inside a frame with its prompt. Exactly once: only into a room that
 * nobody has drawn in yet, where it is the first operation. Returns the picture.
 */
export async function placeOpening(studio: Studio, { opening }: Room, room: OpenRoom): Promise<Picture | null> {
  const picture = opening === null ? null : await studio.pictures.find(opening)
  if (picture && room.clock === 0) {
    const styles: FrameStyle[] = []
    for (const { style, weight } of picture.recipe.styles ?? []) {
      // One that is gone, or was only lent, stays behind.
      if (await mayUse(studio, picture.owner, style)) styles.push({ style, weight })
    }
    await room.operateFor(picture.owner, openingOperations(picture, styles, studio))
  }
  return picture
}

function openingOperations(
  { recipe, file }: Picture,
  styles: readonly FrameStyle[],
  { engine }: Pick<Studio, 'engine'>,
): Operation[] {
  const scale = frameSide / Math.max(recipe.width, recipe.height)
  const side = (length: number) => Math.max(limits.minFrameSize, Math.round(length * scale))
  const box = { x: 0, y: 0, width: side(recipe.width), height: side(recipe.height) }
  const frame: Operation = {
    type: 'add',
    element: {
      id: openingFrameId,
      kind: 'frame',
      z: generateKeyBetween(null, null),
      ...box,
      name: '',
      prompt: recipe.prompt.slice(0, limits.maxPromptCharacters),
      strength: recipe.strength ?? engine.model.defaults.strength,
      guidance: recipe.guidance,
      steps: recipe.steps,
      seed: recipe.seed,
      seedLocked: false,
      live: true,
      ...(styles.length > 0 && { styles }),
      // Whoever draws draws on the picture.
      ...(file !== null && { paper: { kind: 'picture', file } }),
    },
  }
  return [frame]
}
