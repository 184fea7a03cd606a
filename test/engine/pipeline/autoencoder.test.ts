/** A folder with a tiny autoencoder (TAESD) beside its own; parity.test.ts compares its pictures with those of diffusers. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBatching } from '../../../engine/batching/batching.ts'
import { createAdapterRegistry } from '../../../engine/lora/adapterRegistry.ts'
import { codingOf } from '../../../engine/pipeline/autoencoder.ts'
import { hashOf, readModelFolder } from '../../../engine/pipeline/modelFolder.ts'
import { openPipeline, type Pipeline } from '../../../engine/pipeline/pipeline.ts'
import { measure } from '../../../engine/pipeline/warmUp.ts'
import type { PaintRequest, PaintResult, Rgb } from '../../../engine/types/engine.ts'
import { assemblePipeline } from '../../support/pipelines.ts'
import { temporaryFolder } from '../../support/studio.ts'
import { paintAlone } from '../support/paintAlone.ts'

const { folder, remove } = temporaryFolder()
let path: string
let pipeline: Pipeline
beforeAll(async () => {
  path = assemblePipeline('taesd', folder)
  pipeline = await openPipeline(await readModelFolder(path), { device: 'cpu', threads: 1, upcast: true })
})
afterAll(async () => {
  await pipeline?.release()
  remove()
})

const size = { width: 32, height: 32 }
const image: Rgb = { ...size, data: Uint8Array.from({ length: 3 * 32 * 32 }, (_, i) => (i * 37) % 256) }
const request: PaintRequest = {
  ...{ owner: 'ann', priority: 'interactive', prompt: 'a red cat', seed: 1, steps: 4, guidance: 1, ...size },
}

/** Paints these together, with the previews of each. */
async function together(requests: readonly PaintRequest[]) {
  const batching = openBatching(pipeline, {
    ...{ batches: [1, 2, 4], adapters: createAdapterRegistry(undefined), model: { name: 'taesd', hash: '' } },
    ...{ stepMs: 1, decodeMs: 1, onMixedBatch: () => undefined },
  })
  const painted = requests.map(async (each, id) => {
    const previews: Rgb[] = []
    const end = await new Promise<PaintResult>(onEnded =>
      batching.paint(id, each, {
        ...{ onStarted: () => undefined, onEnded },
        onProgress: progress => {
          if (progress.type === 'stepped' && progress.preview) previews.push(progress.preview)
        },
      }),
    )
    if (end.type !== 'finished') throw new Error(JSON.stringify(end))
    return { picture: end.picture, previews }
  })
  const all = await Promise.all(painted)
  await batching.close()
  return all
}

describe('a tiny autoencoder', () => {
  it('makes the previews, and leaves the finished picture to the full one', async () => {
    const [painted] = await together([{ ...request, previews: 'decoded' }])
    const { picture, denoised } = await paintAlone(pipeline, request)
    expect(painted!.picture).toEqual(picture)
    const latentSize = { width: 4, height: 4 }
    const previews = await pipeline.decode(denoised.slice(0, 3), latentSize, 3, 'tiny')
    expect(painted!.previews).toEqual(previews)
    const unscaled = denoised.map(z => z.map(value => value / pipeline.folder.scalingFactor))
    expect(await pipeline.decode(unscaled.slice(0, 3), latentSize, 3)).not.toEqual(previews)
  })

  it('is taken by those who ask for it, in calls of their own, beside others', async () => {
    const live: PaintRequest = { ...request, autoencoder: 'tiny', image, strength: 0.6 }
    const requests = [request, live, { ...live, seed: 2 }, { ...request, upscale: { strength: 0.2 } }]
    const painted = await together(requests)
    for (const [at, each] of requests.entries()) {
      expect(painted[at]!.picture).toEqual((await paintAlone(pipeline, each)).picture)
    }
    expect((await together([{ ...live, autoencoder: 'full' }]))[0]!.picture).not.toEqual(painted[1]!.picture)
  })

  it('is warmed up, so that the cost of a preview is known', async () => {
    const taken: (string | undefined)[] = []
    const decode: Pipeline['decode'] = (latents, latentSize, batch, by) => {
      taken.push(by)
      return pipeline.decode(latents, latentSize, batch, by)
    }
    await measure({ ...pipeline, decode }, [1])
    expect(taken).toContain('tiny')
  })

  it('leaves encoding to the full one if it brings no encoder, and changes no hash', async () => {
    const whole = await readModelFolder(path)
    const hash = await hashOf(whole)
    expect(codingOf(whole, 'tiny')).toMatchObject({ encoder: 'tiny', encoderScale: 1, encoderSamples: true })
    rmSync(join(path, 'vae_encoder_tiny'), { recursive: true })
    const half = await readModelFolder(path)
    expect(codingOf(half, 'tiny')).toMatchObject({ encoder: 'full', decoder: 'tiny', encoderSamples: false })
    rmSync(join(path, 'vae_decoder_tiny'), { recursive: true })
    const without = await readModelFolder(path)
    expect(without.tinyAutoencoder).toBeUndefined()
    expect([await hashOf(half), await hashOf(without)]).toEqual([hash, hash])
  })
})
