/** What is learned if nobody says otherwise, and what nobody may request. */
import { type ErrorCode, UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import { plainGraphHint } from '../lora/specialOperators.ts'
import { cellSide, groundCells } from '../lora/texture.ts'
import type { ModelInfo } from '../types/engine.ts'
import type { LearnRequest, StyleLayout, StyleRecipe } from '../types/styles.ts'

export const learnLimits = {
  maxPictures: 100,
  maxSteps: 5000,
  maxBatch: 64,
  maxDdimTimesteps: 50,
  maxPixels: 64 * 2 ** 20,
  /** Pictures painted before and after. */
  examples: 4,
} as const

/** Times that a learning is evaluated on its way. */
export const evaluations = 16
const defaultPriorPictures = 96

/** How many of the base model's own pictures a learning paints. */
export function priorPicturesOf({ prior, batch, priorPictures = defaultPriorPictures }: StyleRecipe): number {
  return Math.round(prior * batch) === 0 ? 0 : priorPictures
}

/** Steps that the texture is learned in; none where colours alone are learned, or at a side that its ground does not fill. */
export const textureStepsOf = ({ steps, textureSteps = 400 }: StyleRecipe, side: number): number =>
  steps === 0 || side % (cellSide * groundCells) !== 0 ? 0 : textureSteps

/** How many pictures are looked at for a texture, and how many of the model's own tell its colours where there is one. */
export const texturePictures = { tried: 3, colours: 32 } as const

/** How many pictures are kept back to tell learning from learning by heart: one in eight, one at least, none of fewer than four. */
export const heldOutOf = (pictures: number): number => (pictures < 4 ? 0 : Math.max(1, Math.floor(pictures / 8)))

/** docs/styles.md has the experiment that these come from. */
const defaults = {
  method: 'anchored',
  steps: 300,
  batch: 8,
  rank: 8,
  average: 0.95,
  prior: 0.5,
  flip: false,
  seed: 1,
} as const satisfies Omit<StyleRecipe, 'rate' | 'ddimTimesteps' | 'anchor'>
/** The paper's own algorithm takes every timestep that the model was distilled at, and sees nothing of the data. */
const methods = {
  exact: { ddimTimesteps: 50, anchor: 0 },
  anchored: { ddimTimesteps: 10, anchor: 0.1 },
  /** Nothing is trained, so the base model's own pictures are there for their colours alone. */
  tint: { ddimTimesteps: 10, anchor: 0.1, rank: 1, priorPictures: 8 },
} as const satisfies Record<StyleRecipe['method'], Partial<StyleRecipe>>

/** Between these sizes of the UNet the rate falls from the one to the other, evenly in logarithms. */
const [small, large] = [
  { parameters: 20e6, rate: 1e-3 },
  { parameters: 860e6, rate: 1e-4 },
] as const

export function recipeFor(parameters: number, chosen: Partial<StyleRecipe> = {}): StyleRecipe {
  const way = Math.log(parameters / small.parameters) / Math.log(large.parameters / small.parameters)
  const rate = small.rate * (large.rate / small.rate) ** Math.min(1, Math.max(0, way))
  const recipe = { ...defaults, ...methods[chosen.method ?? defaults.method], rate, ...chosen }
  return recipe.method === 'tint' ? { ...recipe, steps: 0 } : recipe
}

/** Of the UNet, from the size of its file. */
export function parametersOf({ parts }: Pick<ModelInfo, 'parts'>): number {
  const unet = parts.find(({ part }) => part === 'unet')!
  const bytesEach = { float16: 2, bfloat16: 2, int8: 1, uint8: 1 }[unet.precision] ?? 4
  return unet.bytes / bytesEach
}

/** Throws `UserError` for what can never be learned: it names the field, what was expected and what came. */
export function validateLearnRequest(request: LearnRequest, model: ModelInfo, layout: StyleLayout | null): void {
  const { untrainable = [] } = model
  if (untrainable.length > 0) {
    const message = `Expected a model whose unet has standard operators, got ${model.name}, which has ${untrainable.join(', ')}.`
    throw new UserError('learn/model', message, { hint: plainGraphHint })
  }
  expect(layout !== null, 'learn/model', 'a model with projections that a style can change', model.name)
  expect(
    model.canPaintOver,
    'learn/model',
    'a model with a vae_encoder, which pictures are learned through',
    `${model.name}, which has none`,
  )
  expect(
    !model.parts.some(({ part }) => part === 'text_encoder_2'),
    'learn/model',
    'a model with one text encoder',
    `${model.name}, which has two (SDXL): import a LoRA as a style instead`,
  )
  expect(
    !model.isInpainting,
    'learn/model',
    'a model that was not trained to inpaint',
    `${model.name}, which was: learn with the model that it was made from, or import a LoRA as a style`,
  )
  const { pictures, recipe = {} } = request
  expect(
    pictures.length >= 1 && pictures.length <= learnLimits.maxPictures,
    'learn/pictures',
    `1 to ${learnLimits.maxPictures} pictures`,
    pictures.length,
  )
  for (const [at, { picture, caption }] of pictures.entries()) {
    const { width, height, data } = picture
    const isSized = [width, height].every(side => Number.isInteger(side) && side > 0)
    expect(
      isSized && width * height <= learnLimits.maxPixels && data.length === width * height * 3,
      'learn/pictures',
      `picture ${at + 1} to be RGB of at most ${learnLimits.maxPixels} pixels`,
      `${width}×${height} in ${data.length} bytes`,
    )
    expect(
      typeof caption === 'string' && [...caption].length <= limits.maxPromptCharacters,
      'learn/pictures',
      `caption ${at + 1} to be text of at most ${limits.maxPromptCharacters} characters`,
      typeof caption === 'string' ? `${caption.length} characters` : typeof caption,
    )
  }
  const { rank } = recipe
  const maxRank = layout?.maxRank ?? 0
  expect(rank === undefined || rank <= maxRank, 'learn/recipe', `rank to be at most ${maxRank}`, rank)
  const { min, max, multiple } = model.sizes
  expect(
    recipe.size === undefined || (recipe.size >= min && recipe.size <= max && recipe.size % multiple === 0),
    'learn/recipe',
    `size to be a multiple of ${multiple} from ${min} to ${max}`,
    recipe.size,
  )
  for (const [field, [low, high, isWhole]] of Object.entries(ranges)) {
    const value = recipe[field as keyof typeof ranges]
    if (value === undefined) continue
    expect(
      value >= low && value <= high && (!isWhole || Number.isInteger(value)),
      'learn/recipe',
      `${field} to be a ${isWhole ? 'whole ' : ''}number from ${low} to ${high}`,
      value,
    )
  }
  expect(
    recipe.method === undefined || recipe.method in methods,
    'learn/recipe',
    `method to be one of ${Object.keys(methods).join(', ')}`,
    recipe.method,
  )
}

const ranges = {
  steps: [1, learnLimits.maxSteps, true],
  batch: [1, learnLimits.maxBatch, true],
  rank: [1, Number.POSITIVE_INFINITY, true],
  rate: [0, 1, false],
  ddimTimesteps: [1, learnLimits.maxDdimTimesteps, false],
  anchor: [0, 1, false],
  average: [0, 1, false],
  prior: [0, 0.9, false],
  priorPictures: [1, 1000, true],
  textureSteps: [0, learnLimits.maxSteps, true],
  seed: [0, limits.maxSeed, true],
} as const satisfies Partial<Record<keyof StyleRecipe, readonly [low: number, high: number, isWhole: boolean]>>

function expect(holds: boolean, code: ErrorCode, expected: string, came: unknown): void {
  if (!holds) throw new UserError(code, `Expected ${expected}, got ${came}.`)
}
