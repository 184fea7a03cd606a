/**
 * What was believed after the steps of pictures that were painted lately, so that another with the same first steps goes
 * on from there. A step is known by everything that its latents depend on: what the whole picture has in common, and the
 * settings of each step up to it. What is not there any more is painted again, and comes out the same.
 */
import { createHash } from 'node:crypto'
import type { PaintRequest } from '../types/engine.ts'
import { guidanceAt, type PromptSettings, settingsAt } from '../types/settings.ts'
import type { StyleUse } from '../types/styles.ts'
import { LruCache } from './lruCache.ts'

/** Two hundred steps of 512 × 512 pixels, or three thousand of the embedded model. */
const maxBytes = 16 * 1024 * 1024

export interface RecentSteps {
  /** The last of these steps that is still here, counted from 1, and what was believed after it, (C, h, w). */
  find(keys: readonly string[]): { readonly step: number; readonly denoised: Float32Array } | undefined
  add(key: string, denoised: Float32Array): void
}

export function createRecentSteps(limitBytes = maxBytes): RecentSteps {
  const latents = new LruCache<Float32Array>(limitBytes, ({ byteLength }) => byteLength)
  return {
    find(keys) {
      for (let step = keys.length; step > 0; step--) {
        const denoised = latents.get(keys[step - 1]!)
        if (denoised) return { step, denoised }
      }
      return undefined
    },
    add: (key, denoised) => void latents.set(key, denoised),
  }
}

/**
 * A key for each step that a picture visits: equal for two pictures where their latents are, bit by bit. `styleKey`: what
 * stands for styles as they are now.
 */
export function keysOfSteps(
  request: PaintRequest,
  timesteps: readonly number[],
  styleKey: (styles: readonly StyleUse[]) => string,
): string[] {
  const { width, height, image, strength, maskImage, inkMask, autoencoder } = request
  const digest = (data: Uint8Array | undefined) => data && createHash('sha256').update(data).digest('base64')
  const ofPrompt = (settings: PromptSettings, step: number) => {
    const { prompt, negativePrompt, styles = [] } = settings
    return [prompt, negativePrompt, guidanceAt(settings, step), styleKey(styles)]
  }
  const ofStep = (step: number) => {
    const settings = settingsAt(request, step)
    const { seed, variation, regions = [] } = settings
    const ofRegions = regions.map(region => [ofPrompt(region, step), digest(region.mask.data), region.weight])
    return [ofPrompt(settings, step), seed, variation && [variation.seed, variation.strength], ofRegions]
  }
  const masks = [digest(maskImage?.data), digest(inkMask?.data)]
  const common = [width, height, timesteps, digest(image?.data), strength, masks, autoencoder]
  let before = JSON.stringify(common)
  return timesteps.slice(0, request.endStep).map((_, step) => {
    const hash = createHash('sha256')
      .update(before)
      .update(JSON.stringify(ofStep(step)))
    before = hash.digest('base64')
    return before
  })
}
