import type {
  EngineInfo,
  Mask,
  PaintRequest,
  Prefix,
  PromptSettings,
  Region,
  Rgb,
  StepSettings,
} from '../../engine/index.ts'
import { costOf, validatePaintRequest } from '../../engine/index.ts'
import { UserError } from '../../protocol/errors.ts'
import type { FileStore } from '../images/fileStore.ts'
import { fitImage, fitMask } from '../images/imageCodec.ts'
import type { PromptInRecipe, Recipe, RegionInRecipe, StepsInRecipe } from '../images/recipe.ts'
import { fromFields } from '../shared/fields.ts'
import type { FileHash, PersonId } from '../shared/ids.ts'
import type { StyleResolver } from '../styles/styleResolver.ts'
import type { Origin } from './picture.ts'

/** Makes what the engine is to be requested from a recipe. Throws a `UserError` if that can never be painted. */
export type CreatePaintRequest = (
  recipe: Recipe,
  owner: PersonId,
  options: {
    readonly previews: boolean
    /** Whether it goes on from steps that were shown; those of a branch and pictures of a step do in any case. */
    readonly reusesSteps?: boolean
    /** To paint over, where the recipe names no file; as large as the picture. */
    readonly image?: Rgb | undefined
    /** Where that is ink over a picture; as large. */
    readonly inkMask?: Mask | undefined
  },
) => Promise<PaintRequest>

/** Requests for this engine, with this studio's images and styles. */
export function paintRequestFactory({
  info,
  files,
  resolver,
  partyOf,
  isChecked,
}: {
  readonly info: EngineInfo
  readonly files: FileStore
  readonly resolver: StyleResolver
  /** Whom the engine counts this person as, where owners take turns. */
  readonly partyOf: (owner: PersonId) => Promise<string>
  /** Finished pictures are checked before anybody sees them: then nobody sees the steps before either. */
  readonly isChecked: boolean
}): CreatePaintRequest {
  const maskOf = async (file: FileHash, { width, height }: Recipe, code: MaskCode, blur?: number) =>
    fitMask(await readFile(files, file, code), width, height, blur)

  /** What a prompt says, with its styles registered. */
  async function promptOf({ styles = [], ...settings }: PromptInRecipe): Promise<PromptSettings> {
    const { prompt, understoodAs, negativePrompt, guidance, guidanceByStep } = settings
    const used = await resolver.register(styles)
    return fromFields<PromptSettings>({
      ...{ prompt: understoodAs ?? prompt, negativePrompt, guidance, guidanceByStep },
      styles: used.length > 0 ? used : undefined,
    })
  }

  async function regionOf(region: RegionInRecipe, recipe: Recipe): Promise<Region> {
    const { mask, weight } = region
    const prepared = { ...(await promptOf(region)), mask: await maskOf(mask, recipe, 'request/region') }
    return { ...prepared, ...(weight !== undefined && { weight }) }
  }

  async function stepsOf(steps: StepsInRecipe, recipe: Recipe): Promise<StepSettings> {
    const { seed, variation } = steps
    const regions: Region[] = []
    for (const region of steps.regions ?? []) regions.push(await regionOf(region, recipe))
    return {
      ...{ ...(await promptOf(steps)), seed },
      ...(variation && { variation }),
      ...(regions.length > 0 && { regions }),
    }
  }

  return async (recipe, owner, { previews, reusesSteps, image: drawn, inkMask: drawnInk }) => {
    // What the engine need not know of a recipe is named here, so that a field added later goes to it.
    const { image, maskImage, maskBlur, inkMask, strength, customTimesteps, ...said } = recipe
    const { unsaid, model, modelHash, ...rest } = said
    const { prompt: typed, understoodAs: prompt = typed, negativePrompt, seed, guidance, styles, ...others } = rest
    const { variation, guidanceByStep, regions, ...common } = others
    const { prefix: parents = [], ...whole } = common
    const request: PaintRequest = {
      ...{ ...whole, owner: await partyOf(owner), priority: 'interactive', prompt, seed, guidance },
      previews: previews && !isChecked ? 'decoded' : 'none',
      ...(customTimesteps && { timesteps: customTimesteps }),
      ...((reusesSteps || parents.length > 0 || recipe.endStep !== undefined) && { reusesSteps: true }),
    }
    // Before files are read and styles are loaded for it.
    validatePaintRequest(request, info.model)
    const prefix: Prefix[] = []
    for (const { untilStep, ...steps } of parents) prefix.push({ untilStep, ...(await stepsOf(steps, recipe)) })
    const paintsOver =
      image === undefined
        ? drawn
        : await fitImage(await readFile(files, image, 'request/image'), recipe.width, recipe.height)
    const ink = inkMask === undefined ? drawnInk : await maskOf(inkMask, recipe, 'request/mask')
    const complete: PaintRequest = {
      ...{ ...request, ...(await stepsOf(recipe, recipe)) },
      ...(prefix.length > 0 && { prefix }),
      ...(paintsOver && { image: paintsOver }),
      ...(strength !== undefined && { strength }),
      ...(maskImage !== undefined && { maskImage: await maskOf(maskImage, recipe, 'request/mask', maskBlur) }),
      ...(paintsOver && ink && { inkMask: ink }),
    }
    validatePaintRequest(complete, info.model)
    return complete
  }
}

type MaskCode = 'request/mask' | 'request/region'

/** A file that a recipe names; it may have been removed since. */
async function readFile(files: FileStore, hash: FileHash, code: 'request/image' | MaskCode): Promise<Uint8Array> {
  const png = await files.read(hash)
  if (png) return png
  const what = code === 'request/mask' ? 'mask' : 'image to paint over'
  throw new UserError(code, `The ${what} is not here any more.`, { hint: 'Send it again.' })
}

/** Faces show every step; the command line only when it was told to. */
export function hasPreviews(origin: Origin): boolean {
  return origin !== 'commandLine'
}

/** What a picture costs the queue, with its regions and second pass, in pictures that name nothing but a prompt. */
export function stepCost(request: PaintRequest, model: EngineInfo['model']): number {
  const { defaults, sizes } = model
  return costOf(request, model) / (defaults.steps * sizes.default.width * sizes.default.height)
}
