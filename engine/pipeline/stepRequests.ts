/** What a picture that is painted asks of networks, and how it is answered. */
import type { Autoencoder, Mask, Rgb } from '../types/engine.ts'
import type { TextureLayer } from '../types/styles.ts'
import type { LatentSize, Row } from './rows.ts'

export type StepRequest =
  /** `null`: no negative prompt. */
  | { readonly type: 'promptEmbeds'; readonly prompt: string | null }
  | ({ readonly type: 'latents'; readonly picture: Rgb; readonly noise: Float32Array } & Encoding)
  /** One call for all prompts that take part in a step; an output for each row. */
  | { readonly type: 'prediction'; readonly rows: readonly Row[]; readonly size: LatentSize }
  /** No need of a network: a moment to tell who listens. `denoised` is what the picture would be if it ended here; none in a second pass. */
  | {
      readonly type: 'stepped'
      readonly step: number
      readonly timestep: number
      readonly denoised: Float32Array | undefined
    }
  | {
      readonly type: 'picture'
      readonly latents: Float32Array
      readonly size: LatentSize
      readonly autoencoder: Autoencoder
    }
  /** A finished picture with the textures of its styles, or one that is painted over without them. */
  | {
      readonly type: 'texture'
      readonly picture: Rgb
      readonly layers: readonly TextureLayer[]
      readonly isOff: boolean
    }

/** How a picture is encoded. */
export interface Encoding {
  readonly autoencoder: Autoencoder
  /** What of the picture is not shown to the network. */
  readonly masked?: Mask | undefined
}

interface StepResults {
  promptEmbeds: Float32Array
  latents: Float32Array
  prediction: readonly Float32Array[]
  stepped: undefined
  picture: Rgb
  texture: Rgb
}
export type StepResult = StepResults[StepRequest['type']]
export type Painter = Generator<StepRequest, Rgb, StepResult>

/** A piece of painting that may need networks on its way. */
export type Requesting<Result> = Generator<StepRequest, Result, StepResult>

/** Yields a request and gives back its answer under the right type, which a generator's own types cannot say. */
export function* requested<N extends StepRequest>(request: N): Requesting<StepResults[N['type']]> {
  return (yield request) as StepResults[N['type']]
}
