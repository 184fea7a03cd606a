import type { Rgb } from '../types/engine.ts'

/** A linear map from one latent pixel to RGB in −1 … 1: `weight` [channels][3], `bias` [3]. */
export interface PreviewMap {
  readonly weight: readonly (readonly number[])[]
  readonly bias: readonly number[]
}

/** Fitted for the autoencoder of Stable Diffusion 1.x; the numbers are ComfyUI's `latent_formats.py`. */
export const stableDiffusionPreview: PreviewMap = {
  weight: [
    [0.3512, 0.2297, 0.3227],
    [0.325, 0.4974, 0.235],
    [-0.2829, 0.1762, 0.2721],
    [-0.212, -0.2616, -0.7177],
  ],
  bias: [0, 0, 0],
}

/** The same for the autoencoder of Stable Diffusion XL. */
export const stableDiffusionXlPreview: PreviewMap = {
  weight: [
    [0.3651, 0.4232, 0.4341],
    [-0.2533, -0.0042, 0.1068],
    [0.1076, 0.1111, -0.0362],
    [-0.3165, -0.2492, -0.2188],
  ],
  bias: [0.1084, -0.0175, -0.0011],
}

/** A rough picture, one pixel for each latent pixel. `latents`: (C, h, w), scaled as the UNet sees them. */
export function latentPreview(latents: Float32Array, width: number, height: number, map: PreviewMap): Rgb {
  const area = width * height
  const data = new Uint8ClampedArray(3 * area)
  for (let i = 0; i < area; i++) {
    for (let colour = 0; colour < 3; colour++) {
      let value = map.bias[colour]!
      for (let channel = 0; channel < map.weight.length; channel++) {
        value += map.weight[channel]![colour]! * latents[channel * area + i]!
      }
      data[i * 3 + colour] = (value + 1) * 127.5
    }
  }
  return { width, height, data: new Uint8Array(data.buffer) }
}
