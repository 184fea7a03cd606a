import type { Device } from '../../onnx/session.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import type { ScheduleConfig } from '../diffusion/scheduler.ts'
import type { Estimate } from './estimates.ts'
import type { Mask } from './mask.ts'
import type { Rgb } from './rgb.ts'
import type { BranchedSettings } from './settings.ts'
import type { StyleEngine } from './styles.ts'
import type { Vocabulary } from './vocabulary.ts'

/**
 * What an engine can be asked. It says nothing about processes, devices or files, so that a remote engine can stand
 * behind the same interface later.
 */
export interface Engine
  extends Pick<StyleEngine, 'styleLayout' | 'registerStyle' | 'unregisterStyle' | 'estimateLearning'> {
  /** What was loaded and where it runs; complete as soon as `openEngine` has resolved. */
  readonly info: EngineInfo
  /**
   * Paints one picture. Resolves once, with how it ended; it rejects only for a bug.
   * Throws `UserError` at once for a request that can never be painted (see `validatePaintRequest`).
   */
  paint(request: PaintRequest, onProgress?: (progress: PaintProgress) => void): Painting
  /** What a picture takes by itself, with nobody before it. */
  estimate(request: EstimatedRequest): Estimate
  /** Live figures for `/metrics` and the queue display. */
  load(): EngineLoad
  /** Stops taking requests, ends what is running as cancelled, and frees the device. */
  close(): Promise<void>
}

/** `interactive` waits for a person, `live` repaints a frame under a moving pen, `background` may always wait. */
export type Priority = 'interactive' | 'live' | 'background'

export interface PaintRequest extends BranchedSettings {
  /** Fairness: owners take turns. */
  readonly owner: string
  readonly priority: Priority
  /** A newer request with the same key replaces a waiting older one; the one already running finishes. */
  readonly liveKey?: string
  /** 1 … 50. */
  readonly steps: number
  /** Overrides `steps`: strictly descending, as diffusers' custom timesteps. */
  readonly timesteps?: readonly number[]
  /** Ends after this step, counted from 1: the picture is what the model believed then. All steps if left out. */
  readonly endStep?: number
  /**
   * Begins behind those of its first steps that this engine still has in memory, of whatever picture they were
   * (`pipeline/recentSteps.ts`). The picture is the same; `stepped` is told, and `stepMs` holds, what was painted now.
   */
  readonly reusesSteps?: boolean
  /** Pixels; multiples of `info.sizes.multiple`. */
  readonly width: number
  readonly height: number
  /** Paint over this picture (img2img); already `width` × `height`. */
  readonly image?: Rgb
  /** 0 … 1, how much of `image` may change; required with `image`. */
  readonly strength?: number
  /** Where `image` may change (inpainting); as large as it. Elsewhere the result equals it, byte by byte. */
  readonly maskImage?: Mask
  /**
   * Where `image` is ink that was drawn over a picture: white there, grey where the picture shows through. It is held
   * against the model, 1 − strength of it, and what lies around it may change as ever.
   */
  readonly inkMask?: Mask
  /**
   * A second pass: the picture gets twice the side, and its tiles are painted over. 0 … 0.4: how much of it may change;
   * 0 enlarges it and leaves it alone.
   */
  readonly upscale?: { readonly strength: number }
  /** By which autoencoder it is encoded and decoded; the folder's own if left out. Live frames take the tiny one. */
  readonly autoencoder?: Autoencoder
  /** `latent`: a rough preview by a linear map; `decoded`: the decoder when it is affordable, else `latent`. */
  readonly previews?: 'none' | 'latent' | 'decoded'
}

/** The folder's own, or the tiny one beside it (`vae_decoder_tiny/`): quicker by far, and a little coarser. */
export type Autoencoder = 'full' | 'tiny'

/** A request as far as its cost goes. */
export type EstimatedRequest = Omit<PaintRequest, 'owner' | 'priority'>

export interface Painting {
  readonly ended: Promise<PaintResult>
  /** Takes effect within one step and touches only this picture. */
  cancel(): void
}

export type PaintProgress =
  | { readonly type: 'queued'; readonly ahead: number }
  | { readonly type: 'started' }
  /** `step` counts from 1 to `steps`; `preview` only if the request wanted previews. */
  | {
      readonly type: 'stepped'
      readonly step: number
      readonly steps: number
      readonly timestep: number
      readonly ms: number
      readonly preview?: Rgb
    }

export type PaintResult =
  | {
      readonly type: 'finished'
      readonly picture: Rgb
      readonly output: PaintOutput
      /** What the model's safety checker says of it; absent where there is none. */
      readonly hasNsfwConcepts?: boolean
    }
  /** By `cancel()` or by closing. */
  | { readonly type: 'cancelled' }
  /** A newer request with the same `liveKey` took its place. */
  | { readonly type: 'replaced' }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string }

/** How a finished picture was made. */
export interface PaintOutput {
  readonly timesteps: readonly number[]
  readonly device: Device
  readonly model: string
  readonly modelHash: string
  /** Prompt encoding and, for img2img, picture encoding. */
  readonly encodeMs: number
  readonly stepMs: readonly number[]
  readonly decodeMs: number
  /** From the request to the finished picture, waiting included. */
  readonly totalMs: number
  readonly peakRssBytes: number
}

export type { Device, Mask, Rgb }

export interface EngineInfo {
  readonly model: ModelInfo
  readonly device: Device
  /** One sentence: why this device and not another. */
  readonly deviceReason: string
  readonly providers: readonly { readonly device: Device; readonly taken: boolean; readonly reason: string }[]
  /** Batch sizes of one UNet call, smallest first. */
  readonly batches: readonly number[]
  readonly warmUpMs: number
  /** Settings that the runtime or the model silently ignores, as sentences. */
  readonly ignored: readonly string[]
}

export interface ModelInfo {
  readonly name: string
  readonly folder: string
  /** LoRA files that were merged into its UNet. */
  readonly lcmLora?: readonly string[]
  /** SHA-256 over the parts' weights, hex. */
  readonly hash: string
  readonly prediction: 'epsilon' | 'v_prediction' | 'sample'
  /** How the UNet takes its timestep: A float [batch] · B int64 [1] · C int64 scalar (edited to a vector). */
  readonly generation: 'A' | 'B' | 'C'
  readonly guidanceEmbedding: boolean
  /** Its UNet was trained to inpaint: it sees the mask and what lies around it. */
  readonly isInpainting: boolean
  readonly sizes: {
    readonly default: { readonly width: number; readonly height: number }
    readonly min: number
    readonly max: number
    readonly multiple: number
  }
  readonly defaults: { readonly steps: number; readonly guidance: number; readonly strength: number }
  readonly canPaintOver: boolean
  /** Its folder has a tiny autoencoder, which previews and live frames are decoded by. */
  readonly hasTinyAutoencoder: boolean
  /** Its folder has a safety checker, which looks at each finished picture. */
  readonly hasSafetyChecker: boolean
  /** The noise schedule: which steps and strengths go together follows from it (`timestepsOf`). */
  readonly schedule: ScheduleConfig
  readonly parts: readonly ComponentInfo[]
  /** Operators of its UNet that nothing can be learned through; absent if there are none. */
  readonly untrainable?: readonly string[]
  /** Words and example prompts of a small model that knows only its own world; absent for models that know all. */
  readonly vocabulary?: Vocabulary
}

export interface ComponentInfo {
  readonly part:
    | 'text_encoder'
    | 'text_encoder_2'
    | 'unet'
    | 'vae_encoder'
    | 'vae_decoder'
    | 'vae_encoder_tiny'
    | 'vae_decoder_tiny'
    | 'safety_checker'
  readonly file: string
  readonly bytes: number
  readonly precision: string
  readonly inputs: readonly ValueShape[]
  readonly outputs: readonly ValueShape[]
}

export interface ValueShape {
  readonly name: string
  readonly type: string
  readonly shape: readonly (number | string)[]
}

/** How many pictures wait, and how many are being painted. */
export interface QueueLength {
  readonly waiting: number
  readonly running: number
}

export interface EngineLoad extends QueueLength {
  /** `resting`: it crashed too often, and the first request after a pause starts it again. */
  readonly state: 'starting' | 'ready' | 'resting' | 'closed'
  /** The same by what they are for. */
  readonly queues: Readonly<Record<Priority, QueueLength>>
  readonly restarts: number
  /** How often its process was ended because it gave no sign of life. */
  readonly hangs: number
  /** Milliseconds since the last sign of life of its process; 0 while there is none. */
  readonly silentMs: number
  /** Why it rests, or that there is none, as a sentence; null while it does neither. */
  readonly restReason: string | null
  /** Mean of recent UNet calls per picture and step; for queue estimates. */
  readonly stepMs: number
  /** UNet calls in which people with different styles were together. */
  readonly mixedBatches: number
}
