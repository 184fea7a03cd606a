/** What a picture is painted by: all that may change from one step to the next, so that a picture can be a branch of another. */

import type { Mask } from './mask.ts'
import type { StyleUse } from './styles.ts'

/** What one prompt says, and how loudly. */
export interface PromptSettings {
  readonly prompt: string
  /** What to keep away from, as in diffusers; for models without guidance embedding, with guidance above 1. */
  readonly negativePrompt?: string
  /** Imagen convention, as diffusers: an embedding receives w = guidance − 1; without one, 1 computes no second row. */
  readonly guidance: number
  /** The guidance of each step of the picture, in place of `guidance`. */
  readonly guidanceByStep?: readonly number[]
  /** Registered styles (`StyleEngine.registerStyle`), mixed; up to three. */
  readonly styles?: readonly StyleUse[]
}

/** A part of the picture with a prompt of its own. */
export interface Region extends PromptSettings {
  /** Where it applies; as large as the picture. Where regions overlap, they are mixed; what they leave is the picture's own. */
  readonly mask: Mask
  /** How much it counts where regions overlap, above 0 and up to 10; 1 if left out. */
  readonly weight?: number
}

/** Noise between that of two seeds: a spherical interpolation, so that it stays as strong. */
export interface Variation {
  readonly seed: number
  /** 0 … 1: 0 is the picture of the first seed, 1 that of this one. */
  readonly strength: number
}

/** All that decides what one step does, besides what the whole picture has in common. */
export interface StepSettings extends PromptSettings {
  /** 0 … 2³²−1, as torch's `manual_seed` on the CPU. */
  readonly seed: number
  readonly variation?: Variation
  /** Up to eight, with guidance of their own. Each costs as much as the whole picture. */
  readonly regions?: readonly Region[]
}

/** The first steps of a branch: those of another picture of the same size, image and timesteps. */
export interface Prefix extends StepSettings {
  /** The last step that is painted like this, counted from 1. */
  readonly untilStep: number
}

/** The settings of a whole picture, whose first steps may be those of others. */
export interface BranchedSettings extends StepSettings {
  /** How the first steps are painted where they are those of other pictures, in order: this picture is a branch. */
  readonly prefix?: readonly Prefix[]
}

/** The settings of a step, counted from 0: those of the prefix that reaches so far, or the picture's own. */
export function settingsAt(request: BranchedSettings, step: number): StepSettings {
  return request.prefix?.find(({ untilStep }) => step < untilStep) ?? request
}

/** The guidance of a prompt in a step, counted from 0. */
export function guidanceAt({ guidance, guidanceByStep }: PromptSettings, step: number): number {
  return guidanceByStep?.[step] ?? guidance
}

/** How many rows of the UNet a step takes, counted from 0: two for each prompt that is guided without an embedding. */
export function rowsAt(
  request: BranchedSettings,
  step: number,
  { guidanceEmbedding }: { readonly guidanceEmbedding: boolean },
): number {
  const settings = settingsAt(request, step)
  const scales = [settings, ...(settings.regions ?? [])].map(each => guidanceAt(each, step))
  return scales.reduce((rows, scale) => rows + (needsTwoRows(scale, guidanceEmbedding) ? 2 : 1), 0)
}

/** As `do_classifier_free_guidance` of diffusers' pipelines. */
export function needsTwoRows(guidance: number, hasEmbedding: boolean): boolean {
  return guidance > 1 && !hasEmbedding
}

/** Every prompt of a request: its own, those of its regions and of the first steps of a branch. */
export function promptsIn(request: BranchedSettings): PromptSettings[] {
  return [request, ...(request.prefix ?? [])].flatMap(steps => [steps, ...(steps.regions ?? [])])
}
