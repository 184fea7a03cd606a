/** A style in a frame. */
export interface FrameStyle {
  readonly style: string
  /** 0 … `limits.maxStyleWeight` */
  readonly weight: number
  /**
   * Who put it there; set by applying, whatever an operation says. As long as it stays in the frame, everybody may draw
   * in this style there, but only those who may use the style can put it into a frame.
   */
  readonly by?: string
}

/**
 * What a frame can ask of the model besides its prompt, steps, guidance, seed and strength; names and meaning as in
 * docs/painting.md. Masks are files that were uploaded before (http.ts), white where they take effect.
 */
export interface RecipeOptions {
  /** What to keep away from; only for models without a guidance embedding, with guidance above 1. */
  readonly negativePrompt?: string
  /** One number for each step, in place of `guidance`. */
  readonly guidanceByStep?: readonly number[]
  /** In place of `steps`: strictly descending noise levels from 999. */
  readonly timesteps?: readonly number[]
  /** Noise between the frame's seed and this one, 0 … 1 of the way. */
  readonly variation?: { readonly seed: number; readonly strength: number }
  /** Where the drawing may change; elsewhere the picture equals it, pixel by pixel. */
  readonly maskImage?: string
  /** Softens the edges of the mask: σ in pixels of the model, 0 … `limits.maxMaskBlur`. */
  readonly maskBlur?: number
  /** Parts with prompts of their own, up to `limits.maxRegions`; each costs as much as the whole picture. */
  readonly regions?: readonly FrameRegion[]
}

/** What a frame says of its pictures beyond its fields. */
export interface FrameOptions extends RecipeOptions {
  /** Whether a live picture is followed by a finer one, of twice the side by the second pass, once the pen rests. */
  readonly isFiner?: boolean
}

/** A part of a frame with a prompt of its own; what is left out is as for the whole frame, but for its weight. */
export interface FrameRegion {
  readonly mask: string
  readonly prompt: string
  /** Empty: nothing, whatever the frame is kept away from. */
  readonly negativePrompt?: string
  readonly guidance?: number
  /** One number for each step, in place of `guidance`. */
  readonly guidanceByStep?: readonly number[]
  /** Empty: none, whatever the frame wears. */
  readonly styles?: readonly FrameStyle[]
  /** How much it counts where regions overlap, above 0 and up to `limits.maxRegionWeight`. Default: 1. */
  readonly weight?: number
}

/** What one request to paint a frame may ask beyond what the frame says; it takes the place of the same field there. */
export interface PaintOptions extends RecipeOptions {
  readonly prompt?: string
  /** How much of the drawing, or of `image`, may change; 0 … 1. */
  readonly strength?: number
  /** A file to paint over in place of the drawing, in its own size where the model can. */
  readonly image?: string
  /** Ends after this step, counted from 1: the picture is what the model believed then. */
  readonly endStep?: number
  /** A second pass at twice the side: 0 enlarges, up to `limits.maxUpscaleStrength` of it is painted over. */
  readonly upscale?: { readonly strength: number }
  /**
   * Pixels of the model to add around the drawing, around `image`, or around the picture that `from` names; what is new
   * is painted. The picture is so much larger than the frame's others.
   */
  readonly outpaint?: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number }
  /**
   * Begins with the recipe of another picture in place of what the frame says. With a `step`, from 1, that recipe holds up
   * to there, bit by bit, and the frame's prompt, guidance, seed and styles from there on: a branch.
   */
  readonly from?: { readonly picture: string; readonly step?: number }
}

/** Every style that a frame is painted in, its own and those of its regions. */
export function stylesOfFrame({
  styles = [],
  options,
}: {
  readonly styles?: readonly FrameStyle[]
  readonly options?: FrameOptions | null
}): FrameStyle[] {
  return [...styles, ...(options?.regions ?? []).flatMap(region => region.styles ?? [])]
}

/** The masks that options name, as hashes of files. */
export function masksIn({ maskImage, regions = [] }: RecipeOptions): string[] {
  return [...(maskImage === undefined ? [] : [maskImage]), ...regions.map(({ mask }) => mask)]
}
