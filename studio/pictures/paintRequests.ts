import type { EngineInfo, PaintRequest } from '../../engine/index.ts'
import { validatePaintRequest } from '../../engine/index.ts'
import { UserError } from '../../protocol/errors.ts'
import type { FileStore } from '../images/fileStore.ts'
import { fitImage } from '../images/imageCodec.ts'
import type { Recipe } from '../images/recipe.ts'
import type { PersonId } from '../shared/ids.ts'
import type { StyleResolver } from '../styles/styleResolver.ts'
import type { Origin } from './picture.ts'

/** Makes what the engine is to be requested from a recipe. Throws a `UserError` if that can never be painted. */
export type CreatePaintRequest = (recipe: Recipe, owner: PersonId, previews: boolean) => Promise<PaintRequest>

/** Requests for this engine, with this studio's images and styles. */
export function paintRequestFactory({
  info,
  files,
  resolver,
}: {
  readonly info: EngineInfo
  readonly files: FileStore
  readonly resolver: StyleResolver
}): CreatePaintRequest {
  return async (recipe, owner, previews) => {
    // What the engine need not know of a recipe is named here, so that a field added later goes to it.
    const { image, strength, styles = [], unsaid, model, modelHash, ...rest } = recipe
    const used = await resolver.register(styles)
    const request: PaintRequest = {
      ...{ ...rest, owner, priority: 'interactive' },
      previews: previews ? 'decoded' : 'none',
      ...(used.length > 0 && { styles: used }),
    }
    validatePaintRequest(request, info.model)
    if (image === undefined) return request
    const png = await files.read(image)
    if (!png) {
      const hint = 'Send it again.'
      throw new UserError('request/image', 'The image to paint over is not here any more.', { hint })
    }
    const whole = {
      ...request,
      image: await fitImage(png, rest.width, rest.height),
      ...(strength !== undefined && { strength }),
    }
    validatePaintRequest(whole, info.model)
    return whole
  }
}

/** Faces show every step; the command line only when it was told to. */
export function hasPreviews(origin: Origin): boolean {
  return origin !== 'commandLine'
}
