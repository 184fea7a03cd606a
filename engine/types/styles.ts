import type { LearningEstimate } from './estimates.ts'
import type { Rgb } from './rgb.ts'

/**
 * What an engine knows of personal styles. A style is a low-rank adapter (arXiv 2106.09685) of the UNet, registered by name
 * and passed along with each picture, so that one batch can mix everybody's styles.
 */
export interface StyleEngine {
  /** What adapters of the loaded model look like; null for a model that cannot take any. */
  readonly styleLayout: StyleLayout | null
  /**
   * Keeps an adapter under a name, in place of an older one of that name. Throws `UserError` if it does not fit.
   * Pictures take it when they begin; later changes do not reach them.
   */
  registerStyle(id: string, adapter: Adapter): void
  /** Pictures that have not begun fail with `request/style`. */
  unregisterStyle(id: string): void
  /**
   * Learns a style from pictures in idle time: one step at a time, giving way to every waiting paint step but for a small
   * guaranteed share. Throws `UserError` at once for a request that can never be learned, or not on this device.
   */
  learn(request: LearnRequest, onProgress?: (progress: LearnProgress) => void): Learning
  /** What learning from so many pictures takes. */
  estimateLearning(pictures: number, recipe?: Partial<StyleRecipe>): LearningEstimate
}

/**
 * What adapters may touch: queries, keys, values and outputs of attention; the feed-forward projections; those into and
 * out of a transformer; where a resnet is told time and class; the first and the last convolution; all convolutions.
 */
export type TargetKind = 'attention' | 'feedForward' | 'projection' | 'timeEmbedding' | 'ends' | 'convolution'

export interface StyleTarget {
  readonly name: string
  readonly in: number
  readonly out: number
  /** Height and width of a convolution's window: `in` is channels × height × width. */
  readonly kernel?: readonly [number, number]
}

/** Which projections adapters touch, in the order of their values. */
export interface StyleLayout {
  /** Name of the weight in diffusers' terms, e.g. `down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q`. */
  readonly targets: readonly StyleTarget[]
  /** Names of weights that adapters do not touch here, but could. */
  readonly untargeted?: readonly string[]
  /** Operators of the UNet with weights that adapters cannot reach: it is quantized or fused. */
  readonly closed?: readonly string[]
  /** The most ranks of one adapter. */
  readonly maxRank: number
  /** Values of one rank: the sum of all in + out. */
  readonly valuesPerRank: number
  /** Of the model's latents: what tints map. */
  readonly latentChannels: number
  /** SHA-256 of the model's weights, hex: an adapter of another model does not fit. */
  readonly modelHash: string
}

/**
 * A low-rank adapter: every projection y = W x of the layout becomes W x + Bᵀ A x. Rank by rank (`rank` × `valuesPerRank` values),
 * each rank the concatenation over all targets of its row of A (in) and its row of B (out), the alpha / rank of other
 * programs already multiplied into B. So padding is appending zeros, and mixing is concatenation.
 */
export interface Adapter {
  readonly rank: number
  readonly values: Float32Array
  /** What the style does to colours, C (C + 1) values (`lora/tint.ts`); absent for one that leaves them to the network. */
  readonly tint?: Float32Array
  /** What the style puts on finished pictures that no latent carries (`lora/texture.ts`); absent for most. */
  readonly texture?: Float32Array
  /** Of a mix of styles, instead of `texture`. */
  readonly textures?: readonly TextureUse[]
}

/** A texture, and how much of it is put on: 0 … 1. */
export interface TextureUse {
  readonly values: Float32Array
  readonly weight: number
}

/** A texture on a part of a picture. */
export interface TextureLayer extends TextureUse {
  /** How much of it lies on each cell of the latents, 0 … 1, (h, w); everywhere all of it if left out. */
  readonly share?: Float32Array | undefined
}

/** A registered style in a picture, and how much of it; up to three. */
export interface StyleUse {
  readonly id: string
  /** 0 … 1.5 */
  readonly weight: number
}

/**
 * `exact`: algorithm 4 of arXiv 2310.04378. `anchored`: a longer skipping step k and a share of the data in the target.
 * `tint`: the colours alone, without a step of training.
 */
export type LearnMethod = 'exact' | 'anchored' | 'tint'

/** Everything that decides what is learned. */
export interface StyleRecipe {
  readonly method: LearnMethod
  readonly steps: number
  readonly batch: number
  readonly rank: number
  readonly rate: number
  /** diffusers' num_ddim_timesteps: how many skipping steps k = 1000 / ddimTimesteps the schedule is divided into. */
  readonly ddimTimesteps: number
  /** λ of `anchored`, 0 … 1: the share of the data in the target where there is no noise; λ ᾱ_t at t. */
  readonly anchor: number
  /** μ of the target's moving average. */
  readonly average: number
  /** Share of each batch that are the base model's own pictures (prior preservation), 0 … 1. */
  readonly prior: number
  /** How many of them are painted before the first step; 96 if left out. */
  readonly priorPictures?: number
  /** Steps that the texture is learned in, where the pictures have one; 400 if left out, 0 for none. */
  readonly textureSteps?: number
  /** Pixels of a side that is learned at; the model's default if left out. */
  readonly size?: number
  /** Whether pictures are also learned from in the mirror. */
  readonly flip: boolean
  readonly seed: number
}

/** What is to be learned, as far as its cost goes. */
export interface LearningCost {
  readonly recipe: StyleRecipe
  readonly pictures: number
}

export interface LearnRequest {
  /** Fairness: owners take turns. */
  readonly owner: string
  /** 1 … 100; any size, fitted by the engine to the model's default size. */
  readonly pictures: readonly { readonly picture: Rgb; readonly caption: string }[]
  /** What is left out takes the default for the model's size. */
  readonly recipe?: Partial<StyleRecipe>
  /** The last `checkpoint` of `LearnProgress`, from before a restart. The request must otherwise be the same. */
  readonly resume?: Uint8Array
  /** Four prompts for the pictures before and after; by default from the model's vocabulary or the captions. */
  readonly examplePrompts?: readonly string[]
}

export interface Learning {
  readonly ended: Promise<LearnResult>
  cancel(): void
}

export type LearnProgress =
  | { readonly type: 'queued'; readonly ahead: number }
  | { readonly type: 'started'; readonly steps: number }
  | {
      readonly type: 'stepped'
      readonly step: number
      readonly steps: number
      readonly loss: number
      readonly heldOutLoss?: number
      readonly secondsLeft: number
    }
  /** What it paints by now: before the first step, and a few times on the way. */
  | { readonly type: 'painted'; readonly step: number; readonly pictures: readonly Rgb[] }
  /** Enough to go on from here after a restart; every so often. */
  | { readonly type: 'checkpoint'; readonly step: number; readonly checkpoint: Uint8Array }

export type LearnResult =
  | {
      readonly type: 'finished'
      readonly adapter: Adapter
      readonly recipe: StyleRecipe
      readonly curve: readonly { readonly step: number; readonly loss: number; readonly heldOutLoss?: number }[]
      readonly assessment: Assessment
      /** Four pictures of fixed seeds, without and with the style. */
      readonly before: readonly Rgb[]
      readonly after: readonly Rgb[]
    }
  | { readonly type: 'cancelled' }
  | { readonly type: 'failed'; readonly message: string }

export interface Assessment {
  /** Distance of painted pictures from those of the style, without and with it. */
  readonly distanceBefore: number
  readonly distanceAfter: number
  /** 0 … 1: how much of what the base model painted can still be found in the same places. */
  readonly contentKept: number
  /** 0 … 1: how much of the fine detail is left that pictures would have in the colours of the style. */
  readonly detailKept: number
  readonly better: boolean
  /** One sentence for people. */
  readonly summary: string
}
