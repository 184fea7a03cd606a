import type { FileHash, StyleId } from '../shared/ids.ts'

/** Everything that makes the picture again, bit for bit, on the same model and device. */
export interface Recipe {
  readonly prompt: string
  /** What the model understood where the prompt was silent; it follows from both, and is not asked for again. */
  readonly unsaid?: string
  readonly seed: number
  readonly steps: number
  readonly guidance: number
  readonly width: number
  readonly height: number
  readonly image?: FileHash
  readonly strength?: number
  /** Where `image` may change: white there, black elsewhere. */
  readonly maskImage?: FileHash
  /** Pixels that the edges of the mask are softened by (σ of a Gaussian). */
  readonly maskBlur?: number
  readonly styles?: readonly StyleInRecipe[]
  readonly model: string
  readonly modelHash: string
}

/** A style as it was, in the recipe of a picture. It stays there when the style is renamed or deleted. */
export interface StyleInRecipe {
  readonly style: StyleId
  readonly name: string
  readonly version: number
  readonly weight: number
}

/** The files of ours that a recipe needs besides the picture itself. */
export function filesOf({ image, maskImage }: Recipe): FileHash[] {
  return [image, maskImage].filter(file => file !== undefined)
}
