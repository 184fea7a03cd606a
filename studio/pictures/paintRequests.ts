import type { EngineInfo, PaintRequest } from '../../engine/index.ts'
import { validatePaintRequest } from '../../engine/index.ts'
import { UserError } from '../../protocol/errors.ts'
import type { FileStore } from '../images/fileStore.ts'
import { fitImage, fitMask } from '../images/imageCodec.ts'
import type { Recipe } from '../images/recipe.ts'
import type { FileHash, PersonId } from '../shared/ids.ts'
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
    const { image, maskImage, maskBlur, strength, styles = [], unsaid, model, modelHash, ...rest } = recipe
    const used = await resolver.register(styles)
    const request: PaintRequest = {
      ...{ ...rest, owner, priority: 'interactive' },
      previews: previews ? 'decoded' : 'none',
      ...(used.length > 0 && { styles: used }),
    }
    validatePaintRequest(request, info.model)
    if (image === undefined) return request
    const whole: PaintRequest = {
      ...request,
      image: await fitImage(await readFile(files, image, 'request/image'), rest.width, rest.height),
      ...(strength !== undefined && { strength }),
      ...(maskImage !== undefined && {
        maskImage: await fitMask(await readFile(files, maskImage, 'request/mask'), rest.width, rest.height, maskBlur),
      }),
    }
    validatePaintRequest(whole, info.model)
    return whole
  }
}

/** A file that a recipe names; it may have been removed since. */
async function readFile(files: FileStore, hash: FileHash, code: 'request/image' | 'request/mask'): Promise<Uint8Array> {
  const png = await files.read(hash)
  if (png) return png
  const what = code === 'request/mask' ? 'mask' : 'image to paint over'
  throw new UserError(code, `The ${what} is not here any more.`, { hint: 'Send it again.' })
}

/** Faces show every step; the command line only when it was told to. */
export function hasPreviews(origin: Origin): boolean {
  return origin !== 'commandLine'
}
