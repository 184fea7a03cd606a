/** A folder with a tiny autoencoder (TAESD) beside its own; parity.test.ts compares its pictures with those of diffusers. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { codingOf } from '../../../engine/pipeline/autoencoder.ts'
import { hashOf, readModelFolder } from '../../../engine/pipeline/modelFolder.ts'
import type { Pipeline } from '../../../engine/pipeline/pipeline.ts'
import { measure } from '../../../engine/pipeline/warmUp.ts'
import type { PaintRequest, Rgb } from '../../../engine/types/engine.ts'
import { paintAlone } from '../support/paintAlone.ts'
import { paintTogether } from '../support/paintTogether.ts'
import { fixtureModel, sharePipeline } from '../support/sharePipeline.ts'

const model = fixtureModel('taesd')
const shared = sharePipeline(model)

const size = { width: 32, height: 32 }
const image: Rgb = { ...size, data: Uint8Array.from({ length: 3 * 32 * 32 }, (_, i) => (i * 37) % 256) }
const request: PaintRequest = {
  ...{ owner: 'ann', priority: 'interactive', prompt: 'a red cat', seed: 1, steps: 4, guidance: 1, ...size },
}

const together = (requests: readonly PaintRequest[]) => paintTogether(shared.pipeline, requests, { batches: [1, 2, 4] })

describe('a tiny autoencoder', () => {
  it('makes the previews, and leaves the finished picture to the full one', async () => {
    const [painted] = await together([{ ...request, previews: 'decoded' }])
    const { picture, denoised } = await paintAlone(shared.pipeline, request)
    expect(painted!.picture).toEqual(picture)
    const latentSize = { width: 4, height: 4 }
    const previews = await shared.pipeline.decode(denoised.slice(0, 3), latentSize, 3, 'tiny')
    expect(painted!.previews).toEqual(previews)
    const unscaled = denoised.map(z => z.map(value => value / shared.pipeline.folder.scalingFactor))
    expect(await shared.pipeline.decode(unscaled.slice(0, 3), latentSize, 3)).not.toEqual(previews)
  })

  it('is taken by those who ask for it, in calls of their own, beside others', async () => {
    const live: PaintRequest = { ...request, autoencoder: 'tiny', image, strength: 0.6 }
    const requests = [request, live, { ...live, seed: 2 }, { ...request, upscale: { strength: 0.2 } }]
    const painted = await together(requests)
    for (const [at, each] of requests.entries()) {
      expect(painted[at]!.picture).toEqual((await paintAlone(shared.pipeline, each)).picture)
    }
    expect((await together([{ ...live, autoencoder: 'full' }]))[0]!.picture).not.toEqual(painted[1]!.picture)
  })

  it('is warmed up, so that the cost of a preview is known', async () => {
    const taken: (string | undefined)[] = []
    const decode: Pipeline['decode'] = (latents, latentSize, batch, by) => {
      taken.push(by)
      return shared.pipeline.decode(latents, latentSize, batch, by)
    }
    await measure({ ...shared.pipeline, decode }, [1])
    expect(taken).toContain('tiny')
  })

  it('leaves encoding to the full one if it brings no encoder, and changes no hash', async () => {
    const whole = await readModelFolder(model.folder)
    const hash = await hashOf(whole)
    expect(codingOf(whole, 'tiny')).toMatchObject({ encoder: 'tiny', encoderScale: 1, encoderSamples: true })
    rmSync(join(model.folder, 'vae_encoder_tiny'), { recursive: true })
    const half = await readModelFolder(model.folder)
    expect(codingOf(half, 'tiny')).toMatchObject({ encoder: 'full', decoder: 'tiny', encoderSamples: false })
    rmSync(join(model.folder, 'vae_decoder_tiny'), { recursive: true })
    const without = await readModelFolder(model.folder)
    expect(without.tinyAutoencoder).toBeUndefined()
    expect([await hashOf(half), await hashOf(without)]).toEqual([hash, hash])
  })
})
