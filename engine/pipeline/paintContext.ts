import { embedGuidance } from '../diffusion/guidance.ts'
import { Noise } from '../diffusion/random.ts'
import { openScheduler, type Scheduler } from '../diffusion/scheduler.ts'
import { type AdapterRegistry, createAdapterRegistry } from '../lora/adapterRegistry.ts'
import { LruCache } from './lruCache.ts'
import type { ModelFolder } from './modelFolder.ts'
import { createRecentSteps, type RecentSteps } from './recentSteps.ts'

/** What painting needs to know about a model; no session among it. */
export interface PaintContext {
  readonly scheduler: Scheduler
  readonly folder: Pick<
    ModelFolder,
    | 'latentChannels'
    | 'latentSpread'
    | 'isInpainting'
    | 'spatialFactor'
    | 'scalingFactor'
    | 'encoderSamples'
    | 'tinyAutoencoder'
    | 'guidanceDim'
  >
  noise(seed: number, size: number): Noise
  guidance(scale: number): Float32Array | undefined
  style: AdapterRegistry['mix']
  styleKey: AdapterRegistry['keyOf']
  readonly recentSteps: RecentSteps
}

const rememberedSeeds = 16
const rememberedScales = 64

export function createPaintContext(
  folder: ModelFolder,
  adapters: AdapterRegistry = createAdapterRegistry(undefined),
  recentSteps = createRecentSteps(),
): PaintContext {
  const seeds = new LruCache<Noise>(rememberedSeeds)
  const scales = new LruCache<Float32Array>(rememberedScales)
  const { guidanceDim } = folder
  return {
    scheduler: openScheduler(folder.schedule),
    folder,
    noise(seed, size) {
      const key = `${seed}:${size}`
      return seeds.get(key) ?? seeds.set(key, new Noise(seed, size))
    },
    guidance(scale) {
      if (guidanceDim === undefined) return undefined
      return scales.get(`${scale}`) ?? scales.set(`${scale}`, embedGuidance(scale, guidanceDim))
    },
    style: adapters.mix,
    styleKey: adapters.keyOf,
    recentSteps,
  }
}
