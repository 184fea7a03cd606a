/** One step: every prompt that takes part has its rows in one call, and their predictions are mixed. */

import type { PaintContext } from './paintContext.ts'
import { guided, mixed, type Part, promptsOf, type RowContext, rowsOfPart } from './parts.ts'
import { type LatentSize, pieces } from './rows.ts'
import { type Requesting, requested } from './stepRequests.ts'

/** Latents before a step, (C, h, w), and the prompts that take part in them. */
export interface Sample {
  readonly sample: Float32Array
  /** What a UNet that was trained to inpaint takes behind them. */
  readonly inpainting?: Float32Array | undefined
  readonly parts: readonly Part[]
}

/** Steps of one picture, whose prompts are encoded once. `size`: of each sample, in latent pixels. */
export function stepper({ scheduler, folder, ...context }: PaintContext, size: LatentSize) {
  const guidanceEmbedding = folder.guidanceDim !== undefined
  const embeds = new Map<string | null, Float32Array>() // (T, D)

  /** Each prompt once, when it first takes part. */
  function* encodePrompts(parts: readonly Part[]): Requesting<void> {
    for (const prompt of parts.flatMap(part => promptsOf(part, guidanceEmbedding))) {
      if (!embeds.has(prompt)) embeds.set(prompt, yield* requested({ type: 'promptEmbeds', prompt }))
    }
  }

  /** What the model believes that each of the samples is when it is finished, all from one call. */
  function* predict(samples: readonly Sample[], timestep: number): Requesting<Float32Array[]> {
    for (const { parts } of samples) yield* encodePrompts(parts)
    const promptEmbedsOf = (prompt: string | null) => embeds.get(prompt)!
    const rows = samples.map(({ sample, inpainting, parts }) => {
      const inCall: RowContext = {
        ...{ sample, inpainting, timestep, promptEmbedsOf },
        ...{ guidanceEmbedding, guidanceOf: context.guidance },
      }
      return parts.map(part => rowsOfPart(part, inCall))
    })
    const outputs = yield* requested({ type: 'prediction', rows: rows.flat(2), size })
    const ofSamples = pieces(
      outputs,
      rows.map(own => own.flat().length),
    )
    return samples.map(({ sample, parts }, at) => {
      const ofParts = pieces(
        ofSamples[at]!,
        rows[at]!.map(own => own.length),
      )
      const denoised = parts.map(({ settings }, which) =>
        scheduler.denoise(guided(ofParts[which]!, settings.guidance), sample, timestep),
      )
      return mixed(denoised, parts)
    })
  }

  return { encodePrompts, predict }
}
