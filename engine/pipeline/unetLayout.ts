/** What a UNet takes, by its config.json and the inputs of its graph. Throws `model/broken` where the two disagree. */

import type { Component } from './component.ts'
import { modelError, signatureOf } from './modelError.ts'
import { stableDiffusion } from './stableDiffusion.ts'

/** `unet/config.json`, as far as it is read. */
export interface UnetConfig {
  readonly in_channels?: number
  readonly out_channels?: number
  readonly sample_size?: number | readonly number[]
  readonly block_out_channels?: readonly number[]
  readonly time_cond_proj_dim?: number | null
  readonly cross_attention_dim?: number
}

/** Length of the guidance embedding; undefined for a UNet that takes none. */
export function guidanceDimOf(unet: Component, config: UnetConfig): number | undefined {
  const input = unet.inputs.find(({ name }) => name === 'timestep_cond')
  if (!input) {
    if (!config.time_cond_proj_dim) return undefined
    throw modelError(
      'unet',
      'an input timestep_cond, as its config.json has time_cond_proj_dim',
      signatureOf(unet.inputs),
    )
  }
  const dim = config.time_cond_proj_dim ?? input.shape[1]
  if (typeof dim === 'number') return dim
  throw modelError('unet', 'time_cond_proj_dim in unet/config.json, as it has an input timestep_cond', 'none')
}

/** Channels of latents, and whether the UNet takes those of a mask and of what lies around it too. */
export function channelsOf(unet: Component, config: UnetConfig): { latentChannels: number; isInpainting: boolean } {
  const shape = unet.inputs.find(({ name }) => name === 'sample')?.shape[1]
  const taken = config.in_channels ?? (typeof shape === 'number' ? shape : stableDiffusion.latentChannels)
  if (typeof shape === 'number' && shape !== taken) {
    throw modelError('unet', `${taken} channels, as its config.json says`, `${shape} in its input sample`)
  }
  const latentChannels = config.out_channels ?? (taken === inpaintingChannels ? stableDiffusion.latentChannels : taken)
  const isInpainting = taken === 2 * latentChannels + 1
  if (taken !== latentChannels && !isInpainting) {
    throw modelError(
      'unet',
      `an input of ${latentChannels} channels as its output, or of ${2 * latentChannels + 1} (inpainting)`,
      `${taken}${strangeChannels[taken] ?? ''}; choose a model for text to image`,
    )
  }
  return { latentChannels, isInpainting }
}

const inpaintingChannels = 2 * stableDiffusion.latentChannels + 1
/** What else takes more than latents. */
const strangeChannels: Record<number, string> = {
  5: ', as models that paint after a depth map have',
  7: ', as the upscaler of Stable Diffusion has',
  8: ', as InstructPix2Pix has',
}

/** Where an export fixed batch and size instead of leaving them open; `side` in latent pixels. */
export function fixedShapeOf(unet: Component): { readonly batch: number; readonly side: number } | undefined {
  const [batch, , height, width] = unet.inputs.find(({ name }) => name === 'sample')!.shape
  const numbers = [batch, height, width].filter(size => typeof size === 'number')
  if (numbers.length === 0) return undefined
  if (typeof batch === 'number' && typeof height === 'number' && height === width) return { batch, side: height }
  throw modelError('unet', 'batch, height and width all open, or all fixed to a square', `[${[batch, height, width]}]`)
}
