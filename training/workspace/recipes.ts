import type { TargetKind } from '../../engine/types/styles.ts'
import type { AdamOptions } from '../../onnx/optim/adam.ts'
import type { Distance } from '../../onnx/optim/loss.ts'
import type { TextEncoderConfig } from '../networks/textEncoder.ts'
import type { UNetConfig } from '../networks/unet.ts'
import type { VaeConfig } from '../networks/vae.ts'
import type { SolverName } from '../solvers/index.ts'
import { kinds, places, sizes, styles, vocabulary, weathers } from '../world/index.ts'
import type { Slice } from './pictures.ts'

/** Everything that decides what a model becomes. */
export interface Recipe {
  readonly seed: number
  /** Another recipe by name, whose autoencoder and text encoder this one takes over, and whose teacher it goes on from. */
  readonly after?: 'solo'
  readonly pictures: { readonly count: number; readonly size: number; readonly slice: Slice }
  /** How often teacher and student see a scene with several kinds of thing while they see the others once; a whole number. */
  readonly several: number
  readonly vae: VaeConfig & { readonly crop: number; readonly batch: number; readonly adam: AdamOptions }
  /**
   * The decoder alone, over latents that no longer change: at any time after the autoencoder. More noise than there
   * makes it lenient with latents that were painted and not encoded.
   */
  readonly decoder: { readonly logVariance: number; readonly adam: AdamOptions }
  /** Where the autoencoder has channels for details: their encoder and the decoder, with a critic, as in `critic`. */
  readonly details?: CriticRecipe
  /** After the decoder. */
  readonly critic: CriticRecipe
  /**
   * How loud latents are beside noise of deviation 1. With `hierarchy` 0 every channel is as loud as any other, with 1 as
   * loud as it is to see. `rms` is the root mean square of all channels; without it the loudest has deviation 1.
   */
  readonly latents: { readonly hierarchy: number; readonly rms?: number }
  readonly text: TextEncoderConfig
  /** The text encoder by itself, before the teacher; it and its tokens may know more of the world than the pictures show. */
  readonly reader: { readonly slice: Slice; readonly batch: number; readonly adam: AdamOptions }
  readonly unet: Omit<UNetConfig, 'guidanceSize'>
  readonly teacher: {
    /** Which series of batches and noise is drawn: another one where the same pictures are seen again. 2 by default. */
    readonly draw?: number
    readonly batch: number
    readonly adam: AdamOptions
    readonly snr: { readonly gamma: number; readonly floor: number }
    /** Which share of the timesteps lies below which: few steps never visit those, and all at once they take half of the loss. */
    readonly late: { readonly share: number; readonly below: number }
    /** How many times as much a cell of the latents counts where a thing is drawn. */
    readonly focus: number
    /** Whether the text encoder stays as it has learned to read, or learns on with the UNet. */
    readonly frozenText: boolean
  }
  /** What the faces suggest; nothing but words of the captions. */
  readonly examples: readonly string[]
  readonly defaults: {
    readonly steps: number
    readonly guidance: number
    readonly strength: number
    readonly styleTargets: readonly TargetKind[]
  }
  /** The guidance inside, before the distillation: how long, and how many times as fast its projection learns. */
  readonly guidance: {
    readonly adam: AdamOptions
    readonly projectionRate: number
    /** The teacher is guided from the first of these timesteps on and below the second. */
    readonly guidedBetween: readonly [number, number]
  }
  readonly lcd: {
    readonly batch: number
    readonly adam: AdamOptions
    /** Range of ω; guidance − 1. */
    readonly omega: readonly [number, number]
    readonly guidanceSize: number
    /** As of `guidance`. */
    readonly guidedBetween: readonly [number, number]
    /**
     * Share of the distilled weights in those that ship; the others are those that distillation began with. The mean of
     * both paints better than either (model soups, arXiv 2203.05482).
     */
    readonly distilledShare: number
    /** Timesteps that one solver step skips. */
    readonly skip: number
    readonly solver: SolverName
    readonly distance: Distance
  }
}
/** A decoder against a critic: how much its scores and the likeness of its features count beside the distances. */
export interface CriticRecipe {
  /** Of the noise that is added to the latents. */
  readonly logVariance: number
  readonly adversarial: number
  readonly features: number
  readonly adam: AdamOptions
}
export type RecipeName = keyof typeof recipes

const adam = (options: Pick<AdamOptions, 'rate' | 'steps'> & Partial<AdamOptions>): AdamOptions => ({
  floor: 0.05,
  warmUp: 100,
  beta1: 0.9,
  beta2: 0.99,
  decay: 0.01,
  clip: 1,
  average: 0.999,
  ...options,
})

const vae = { channels: 8, widths: [24, 48, 64], logVariance: -6, crop: 64 } as const satisfies VaeConfig & {
  crop: number
}
const critic = {
  logVariance: -4,
  adversarial: 0.03,
  features: 0.3,
  adam: adam({ rate: 4e-4, steps: 2000, warmUp: 50, beta1: 0.5, decay: 0 }),
} as const
const lcd = {
  omega: [0, 3],
  guidanceSize: 64,
  guidedBetween: [0, 850],
  distilledShare: 1,
  skip: 20,
  solver: 'ddim',
  distance: { huber: 0.03 },
} as const
/** These UNets read the prompt in every resnet, so that queries and keys alone change little of what they paint. */
const styleTargets = ['attention', 'timeEmbedding', 'ends'] as const
const defaults = { steps: 4, guidance: 3, strength: 0.45, styleTargets } as const
const wholeWorld: Slice = { styles, kinds, places, weathers, sizes, maxThings: 3, maxCount: 3 }
const quickWorld: Slice = {
  styles: ['storybook'],
  kinds: ['house', 'tree', 'balloon'],
  places: ['meadow', 'beach'],
  weathers: ['clear'],
  sizes: ['large'],
  maxThings: 1,
  maxCount: 1,
}
const fullText = { vocabulary: 1024, length: 48, size: 160, layers: 3, heads: 4 } as const
const fullUnet = {
  sampleSize: 16,
  channels: 8,
  blockChannels: [64, 128, 192],
  attentionFrom: 1,
  contextSize: 160,
  classEmbedding: true,
  heads: 4,
  groups: 16,
} as const
const snr = { gamma: 5, floor: 0.3 } as const
/**
 * With equal spreads five of eight channels would be fine detail, as loud as the colours, and hardly predictable.
 */
const quietLatents = { hierarchy: 0.75 } as const
/** Every timestep as often as any other. */
const evenly = { share: 0.2, below: 200 } as const

/**
 * Every kind, colour, light, place and style, and one middling or large thing to a picture, in about five hours on two
 * cores: the way to `full`.
 */
const solo = {
  seed: 1,
  pictures: {
    count: 60_000,
    size: 128,
    slice: { ...wholeWorld, sizes: ['medium', 'large'], maxThings: 1, maxCount: 1 },
  },
  several: 1,
  vae: { ...vae, batch: 16, adam: adam({ rate: 1.5e-3, steps: 3500 }) },
  decoder: { logVariance: -3.5, adam: adam({ rate: 1e-3, steps: 1500 }) },
  critic,
  latents: quietLatents,
  text: fullText,
  reader: { slice: wholeWorld, batch: 64, adam: adam({ rate: 1e-3, steps: 1000, average: 0.99 }) },
  unet: fullUnet,
  teacher: {
    batch: 32,
    adam: adam({ rate: 1e-3, steps: 10_000 }),
    snr: { gamma: 5, floor: 0.7 },
    late: evenly,
    focus: 4,
    frozenText: true,
  },
  examples: [
    'a red house by a lake at sunset',
    'a large yellow balloon in the mountains at dawn',
    'a white lighthouse on a beach at night',
    'a papercut of a purple castle in a forest',
    'an ink drawing of a black cat in the city in the rain',
    'a big orange tent in the hills on a snowy night',
    'a blue boat by the sea under a cloudy sky',
    'a pink flower on the left in a meadow at noon',
    'a green robot on the right in the city',
    'a green pine in the snow at dusk',
    'a brown windmill in a meadow on a foggy morning',
    'a huge blue mushroom in a forest by moonlight',
  ],
  defaults,
  guidance: {
    projectionRate: 10,
    guidedBetween: [300, 850],
    adam: adam({ rate: 3e-4, steps: 400, decay: 0, average: 0.98, warmUp: 20 }),
  },
  lcd: { ...lcd, batch: 32, adam: adam({ rate: 4e-4, steps: 1000, decay: 0, average: 0.95, warmUp: 20 }) },
} as const satisfies Recipe

/**
 * Goes on from a model folder (`--from`): six scenes in ten of the garden, the rest of the whole world, so that it is not
 * forgotten. All timesteps weigh the same, and few are those that four steps never visit.
 */
const garden = {
  ...solo,
  seed: 2,
  pictures: { count: 48_000, size: 128, slice: { ...wholeWorld, gardenShare: 0.6 } },
  several: 2,
  teacher: {
    ...solo.teacher,
    adam: adam({ rate: 5e-4, steps: 5200, warmUp: 50 }),
    snr: { gamma: 5, floor: 1 },
    late: { share: 0.125, below: 200 },
    focus: 2,
  },
  lcd: { ...solo.lcd, omega: [0, 8], distilledShare: 0.5, adam: { ...solo.lcd.adam, steps: 300 } },
  examples: vocabulary.examples,
} as const satisfies Recipe

/**
 * On from the garden: half of the scenes are of it, half of the whole world, and pictures are twice as large, by a decoder that paints the finer half.
 */
const wide = {
  ...garden,
  seed: 3,
  pictures: { count: 48_000, size: 256, slice: { ...wholeWorld, gardenShare: 0.5 } },
  vae: { ...solo.vae, fineWidth: 24, crop: 128 },
  decoder: { logVariance: -4, adam: adam({ rate: 1e-3, steps: 600, warmUp: 30, average: 0.99 }) },
  critic: { ...critic, adam: { ...critic.adam, steps: 2500 } },
  teacher: { ...garden.teacher, adam: adam({ rate: 4e-4, steps: 5600, warmUp: 100 }) },
} as const satisfies Recipe

/** Parts of the world that a model is measured on, whatever it was trained on. */
export const parts = {
  world: wholeWorld,
  'garden-only': { ...wholeWorld, gardenShare: 1 },
} as const satisfies Record<string, Slice>

export const recipes = {
  /** Every stage on a small world: proves the pipeline, paints little. */
  quick: {
    seed: 1,
    pictures: {
      count: 1500,
      size: 128,
      slice: quickWorld,
    },
    several: 1,
    vae: { ...vae, batch: 16, adam: adam({ rate: 1e-3, steps: 500 }) },
    decoder: { logVariance: -3.5, adam: adam({ rate: 1e-3, steps: 200 }) },
    critic: { ...critic, adam: { ...critic.adam, steps: 100 } },
    latents: quietLatents,
    text: { vocabulary: 768, length: 32, size: 64, layers: 1, heads: 4 },
    reader: { slice: quickWorld, batch: 32, adam: adam({ rate: 2e-3, steps: 300, warmUp: 20, average: 0.99 }) },
    unet: {
      sampleSize: 16,
      channels: 8,
      blockChannels: [32, 48, 64],
      attentionFrom: 1,
      contextSize: 64,
      classEmbedding: true,
      heads: 4,
      groups: 8,
    },
    teacher: { batch: 32, adam: adam({ rate: 2e-3, steps: 600 }), snr, late: evenly, focus: 1, frozenText: true },
    examples: ['a red house in a meadow at sunset', 'a green tree on a beach at night'],
    defaults,
    guidance: {
      projectionRate: 10,
      guidedBetween: [300, 850],
      adam: adam({ rate: 4e-4, steps: 100, decay: 0, average: 0.98, warmUp: 20 }),
    },
    lcd: { ...lcd, batch: 16, adam: adam({ rate: 4e-4, steps: 200, decay: 0, average: 0.95 }) },
  },
  solo,
  /** The whole world, about two hours after `solo`. */
  full: {
    ...solo,
    after: 'solo',
    pictures: { ...solo.pictures, slice: wholeWorld },
    several: 3,
    teacher: { ...solo.teacher, adam: adam({ rate: 8e-4, steps: 5000, warmUp: 50 }), focus: 2.5 },
    lcd: { ...solo.lcd, adam: { ...solo.lcd.adam, steps: 300 } },
    examples: vocabulary.examples,
  },
  garden,
  wide,
  /**
   * On from `wide` with the same pictures and autoencoder, and latents four times as loud, details more than that. At
   * timesteps 259 and 299, where four steps and painting over end, details were lost in noise before. Its teacher went
   * through these steps twice, first with the usual `draw`.
   */
  loud: {
    ...wide,
    latents: { hierarchy: 0.4, rms: 2 },
    teacher: { ...wide.teacher, draw: 12, adam: adam({ rate: 8e-4, steps: 6000, warmUp: 100 }) },
    lcd: { ...wide.lcd, distance: { huber: 0.12 } },
    defaults: { ...defaults, strength: 0.35 },
  },
  /**
   * The model that ships (`--from models/fourstroke-256`): on from `loud`, with four more channels for details, whose
   * encoder sees every pixel. The eight that the teacher had learned stayed as they were, so that it went on with them.
   * It went through these steps twice, first with a `draw` of 21.
   */
  detailed: {
    ...wide,
    vae: { ...wide.vae, channels: 12, detailChannels: 4 },
    details: { ...critic, adam: { ...critic.adam, rate: 8e-4, steps: 4000 } },
    latents: { hierarchy: 0.4, rms: 2 },
    unet: { ...wide.unet, channels: 12 },
    teacher: { ...wide.teacher, draw: 22, adam: adam({ rate: 8e-4, steps: 6000, warmUp: 100 }) },
    lcd: { ...wide.lcd, distance: { huber: 0.12 } },
    defaults: { ...defaults, strength: 0.35 },
  },
} as const satisfies Record<string, Recipe>
