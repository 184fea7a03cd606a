import { paint } from '../pipeline/paint.ts'
import type { PaintContext } from '../pipeline/paintContext.ts'
import type { Pipeline, Row } from '../pipeline/pipeline.ts'
import type { StepRequest, StepResult } from '../pipeline/stepRequests.ts'
import { answerTexture } from '../pipeline/textures.ts'
import type { PaintRequest, Rgb } from '../types/engine.ts'

export type Predict = (rows: readonly Row[]) => Promise<Float32Array[]>

export interface Painted {
  /** What it was after each step, as the UNet sees latents, (C, h, w). */
  readonly steps: readonly Float32Array[]
  readonly picture: Rgb
}

/** Paints one square picture as everybody's are painted, but with this prediction, and rests between any two calls. */
export async function* paintWith(
  predict: Predict,
  { side, ...request }: Pick<PaintRequest, 'prompt' | 'seed'> & { readonly side: number },
  pipeline: Pipeline,
  context: PaintContext,
): AsyncGenerator<undefined, Painted> {
  const { steps, guidance } = pipeline.folder.defaults
  const size = { width: side, height: side }
  const painter = paint({ owner: '', priority: 'background', steps, guidance, ...size, ...request }, context)
  const stepped: Float32Array[] = []
  let answer: StepResult | undefined
  for (;;) {
    const next = answer === undefined ? painter.next() : painter.next(answer)
    if (next.done) return { steps: stepped, picture: next.value }
    if (next.value.type === 'stepped' && next.value.denoised) stepped.push(next.value.denoised)
    answer = await answerTo(next.value, predict, pipeline)
    yield
  }
}

async function answerTo(request: StepRequest, predict: Predict, pipeline: Pipeline): Promise<StepResult> {
  switch (request.type) {
    case 'promptEmbeds':
      return pipeline.encodePrompt(request.prompt)
    case 'latents':
      return pipeline.encodePicture(request.picture, request.noise, request)
    case 'prediction':
      return predict(request.rows)
    case 'stepped':
      return undefined
    case 'picture':
      return (await pipeline.decode([request.latents], request.size, 1, request.autoencoder))[0]!
    case 'texture':
      return answerTexture(pipeline, request)
    default:
      throw new Error(`Unknown request: ${request satisfies never}`)
  }
}
