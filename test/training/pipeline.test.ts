import { cpSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readModelFolder } from '../../engine/pipeline/modelFolder.ts'
import { floatToHalf, halfToFloat } from '../../onnx/float16.ts'
import { loadCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { Random } from '../../onnx/optim/random.ts'
import { during, type Releasable } from '../../onnx/optim/releasable.ts'
import { createSession } from '../../onnx/session.ts'
import { float32, int64 } from '../../onnx/tensor.ts'
import { train } from '../../training/index.ts'
import { viewsOf, Weights } from '../../training/networks/network.ts'
import { latentStatistics, openEncoder, openPlaneDecoder } from '../../training/stages/autoencoder.ts'
import { guidanceRows, openDenoiser } from '../../training/stages/denoiser.ts'
import { openLatents } from '../../training/stages/latents.ts'
import { trainedStudent } from '../../training/stages/lcd.ts'
import { teacherWeights, trainedTeacher, trainTeacher } from '../../training/stages/teacher.ts'
import { averagedDown } from '../../training/workspace/pictures.ts'
import type { Recipe } from '../../training/workspace/recipes.ts'
import { filesOf, type Workspace } from '../../training/workspace/workspace.ts'
import { patient } from '../support/patience.ts'
import { toyWorkspace } from './toy.ts'

describe('the whole pipeline on a toy recipe', () => {
  const workspace = toyWorkspace()
  const { folder, modelFolder, recipe } = workspace
  let sessions = { made: 0, open: 0 }
  beforeAll(async () => {
    const counting = countSessions()
    await train('all', { folder, modelFolder, recipe, threads: 1 })
    sessions = counting.stop()
  }, patient(300_000))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('leaves no session of the runtime open', () => {
    expect(sessions.made).toBeGreaterThan(10)
    expect(sessions.open).toBe(0)
  })

  it('ends with a folder that the engine reads as a latent consistency model', async () => {
    const model = await readModelFolder(modelFolder)
    expect(model.guidanceDim).toBe(8)
    expect(model.latentChannels).toBe(8)
    expect(model.spatialFactor).toBe(8)
    expect(model.trainedSize).toBe(64)
    expect(model.schedule).toMatchObject({ predictionType: 'v_prediction', rescaleBetasZeroSnr: true })
    expect(model.previewMap?.weight).toHaveLength(8)
    expect(model.vocabulary?.words).toContain('house')
    const { styleTargets, ...defaults } = recipe.defaults
    expect(model.defaults).toEqual(defaults)
    expect(model.styleTargets).toEqual(styleTargets)
    expect(model.unet.generation).toBe('B')
    expect(model.ignored).toEqual([])
  })

  it('goes on from a model folder, when nothing else of its training is left', async () => {
    const again = { ...workspace, folder: join(folder, 'again') }
    await train('teacher', { folder: again.folder, recipe, from: modelFolder, threads: 1 })
    expect(loadCheckpoint(filesOf(again).teacher).record.step).toBe(recipe.teacher.adam.steps)
    const imported = { ...again, folder: join(again.folder, 'imported') }
    expect(latentStatistics(imported)).toEqual({
      mean: latentStatistics(workspace).mean.map(value => Math.fround(value)),
      deviation: latentStatistics(workspace).deviation.map(value => Math.fround(value)),
    })
    // Bytes with a scale for each column: within half a step of the largest.
    const read = new Map(trainedTeacher(workspace).entries())
    const words = 'text_model.embeddings.token_embedding.weight'
    const [before, after] = [read, new Map(trainedTeacher(imported).entries())].map(
      all => all.get(words)!.data as Float32Array,
    )
    const largest = Math.max(...before!.map(Math.abs))
    for (const [at, value] of before!.entries())
      expect(Math.abs(value - after![at]!)).toBeLessThan(largest / 254 + 1e-6)
  })

  it('goes on with louder latents of the same autoencoder, from a teacher whose ends are scaled by as much', async () => {
    const loud: Recipe = { ...recipe, latents: { hierarchy: 0, rms: 2 } }
    const louder = { ...workspace, folder: join(folder, 'louder'), recipe: loud }
    const options = { folder: louder.folder, recipe: loud, from: folder, threads: 1 }
    await expect(train('teacher', options)).rejects.toThrow('Run the stage latents first.')
    for (const stage of ['latents', 'teacher'] as const) await train(stage, options)

    const { values, shape } = await openLatents(louder)
    const area = shape[1] * shape[2]
    const squares = new Float64Array(shape[0])
    for (const [at, value] of values.entries()) squares[Math.floor(at / area) % shape[0]]! += value ** 2
    for (const sum of squares) expect(Math.sqrt(sum / (values.length / shape[0]))).toBeCloseTo(2, 0)

    const gain = latentStatistics(workspace).deviation.map((each, at) => each / latentStatistics(louder).deviation[at]!)
    const end = (weights: Weights) => new Map(weights.entries()).get('conv_out.bias')!.data as Float32Array
    const begun = end(teacherWeights(louder, folder))
    for (const [at, value] of end(trainedTeacher(workspace)).entries())
      expect(begun[at]).toBeCloseTo(value * gain[at]!, 4)
  })

  it('says which weights a model folder lacks', async () => {
    const wider = { ...recipe, unet: { ...recipe.unet, blockChannels: [16, 16, 16] } }
    const elsewhere = join(folder, 'wider')
    await expect(train('teacher', { folder: elsewhere, recipe: wider, from: modelFolder })).rejects.toThrow(
      /Expected the weights of this recipe's networks in .*found no down_blocks\.1\.downsamplers/,
    )
  })

  it('ships the UNet that was trained, rounded to halves, for any batch and size', async () => {
    const { guidanceSize } = recipe.lcd
    const { flat, places } = trainedStudent(workspace).flatten()
    // Small tensors are not worth a cast.
    const shipped = flat.slice()
    for (const { offset, length } of places) {
      if (length >= 64) shipped.set(halfToFloat(floatToHalf(flat.slice(offset, offset + length))), offset)
    }
    const trained = await openDenoiser(workspace, new Weights(viewsOf(places, shipped)), guidanceSize)
    const session = await createSession(join(modelFolder, 'unet/model.onnx'))
    const random = new Random(3)
    const [sample, context] = [new Float32Array(2 * 512), new Float32Array(2 * 32 * 16)].map(each =>
      random.normals(each),
    )
    const expected = await trained.predict(sample!, [999, 19], context!, [1, 4])
    const { out_sample } = await session.run({
      sample: float32(sample!, [2, 8, 8, 8]),
      timestep: int64([999, 19]),
      encoder_hidden_states: float32(context!, [2, 32, 16]),
      timestep_cond: float32(guidanceRows([1, 4], guidanceSize), [2, guidanceSize]),
    })
    const difference = expected.map((value, at) => Math.abs(value - (out_sample!.data as Float32Array)[at]!))
    expect(Math.max(...difference)).toBeLessThan(1e-5)

    const wide = await session.run({
      sample: float32(new Float32Array(512 * 3), [1, 8, 8, 24]),
      timestep: int64([19]),
      encoder_hidden_states: float32(new Float32Array(32 * 16), [1, 32, 16]),
      timestep_cond: float32(guidanceRows([1], guidanceSize), [1, guidanceSize]),
    })
    expect(wide['out_sample']!.dims).toEqual([1, 8, 8, 24])
  })

  it('ships an autoencoder that scales its latents, and says how sure it is of them', async () => {
    const picture = float32(new Random(1).normals(new Float32Array(3 * 64 * 64)), [1, 3, 64, 64])
    const encoder = await createSession(join(modelFolder, 'vae_encoder/model.onnx'))
    const { latent_parameters } = await encoder.run({ sample: picture })
    expect(latent_parameters!.dims).toEqual([1, 16, 8, 8])
    const { deviation } = latentStatistics(workspace)
    const logVariances = [...(latent_parameters!.data as Float32Array)].slice(8 * 64)
    for (const [at, value] of logVariances.entries()) {
      expect(value).toBeCloseTo(recipe.vae.logVariance - 2 * Math.log(deviation[Math.floor(at / 64)]!), 2)
    }
    const decoder = await createSession(join(modelFolder, 'vae_decoder/model.onnx'))
    const means = (latent_parameters!.data as Float32Array).slice(0, 8 * 64)
    const { sample } = await decoder.run({ latent_sample: float32(means, [1, 8, 8, 8]) })
    expect(sample!.dims).toEqual([1, 3, 64, 64])
  })

  it(
    'begins an autoencoder for pictures twice as large with its own, and ships it as one of factor 16',
    async () => {
      const large: Recipe = {
        ...recipe,
        pictures: { ...recipe.pictures, size: 128 },
        vae: { ...recipe.vae, fineWidth: 8, crop: 2 * recipe.vae.crop },
      }
      const larger = {
        ...workspace,
        folder: join(folder, 'larger'),
        modelFolder: join(folder, 'larger-model'),
        recipe: large,
      }
      const options = { folder: larger.folder, modelFolder: larger.modelFolder, recipe: large, threads: 1 }
      await train('teacher', { ...options, from: modelFolder })
      const picture = new Uint8Array(128 * 128 * 3).map((_, at) => (at * 37) % 256)
      const latents = await during(openEncoder(larger), encode => encode(picture))
      expect(latents).toHaveLength(8 * 8 * 8)
      const decoded = await during(openPlaneDecoder(larger), decode => decode(latents))
      const before = await during(openPlaneDecoder(workspace), decode => decode(latents))
      // Nothing is added yet: each pixel four times, but for the halves that weights were shipped as.
      for (const [at, value] of averagedDown(decoded, 128, 64).entries())
        expect(Math.abs(value - before[at]!)).toBeLessThan(0.05)
      for (const stage of ['guidance', 'lcd', 'decoder', 'critic', 'export'] as const) await train(stage, options)
      const model = await readModelFolder(larger.modelFolder)
      expect([model.spatialFactor, model.trainedSize, model.latentChannels]).toEqual([16, 128, 8])
      const decoder = await createSession(join(larger.modelFolder, 'vae_decoder/model.onnx'))
      const { sample } = await decoder.run({ latent_sample: float32(latents, [1, 8, 8, 8]) })
      expect(sample!.dims).toEqual([1, 3, 128, 128])

      // Four channels more, for details: at first they say nothing, and the eight stay what they are.
      const finer: Recipe = {
        ...large,
        vae: { ...large.vae, channels: 12, detailChannels: 4 },
        details: large.critic,
        unet: { ...large.unet, channels: 12 },
      }
      const detailed = { ...larger, folder: join(folder, 'detailed'), modelFolder: join(folder, 'detailed-model') }
      const begun = { ...detailed, recipe: finer, folder: join(detailed.folder, 'imported') }
      const { folder: begin, modelFolder: end } = detailed
      const onwards = { folder: begin, modelFolder: end, recipe: finer, from: larger.modelFolder, threads: 1 }
      await train('details', onwards)
      const coarse = await during(openEncoder(larger), encode => encode(picture))
      const [atFirst, learned] = [begun, { ...detailed, recipe: finer }]
      for (const each of [atFirst, learned]) {
        const found = await during(openEncoder(each), encode => encode(picture))
        expect(found).toHaveLength(12 * 8 * 8)
        for (const [at, value] of coarse.entries()) expect(Math.abs(found[at]! - value)).toBeLessThan(0.01)
      }
      const painted = async (each: Workspace, z: Float32Array) => during(openPlaneDecoder(each), decode => decode(z))
      const [withoutDetails, withDetails] = [new Float32Array(12 * 8 * 8), new Float32Array(12 * 8 * 8).fill(1)]
      for (const z of [withoutDetails, withDetails]) z.set(coarse)
      expect(await painted(atFirst, withDetails)).toEqual(await painted(atFirst, withoutDetails))
      expect(await painted(learned, withDetails)).not.toEqual(await painted(learned, withoutDetails))
      await train('all', onwards)
      expect(await readModelFolder(detailed.modelFolder)).toMatchObject({ spatialFactor: 16, latentChannels: 12 })
    },
    patient(120_000),
  )

  it(
    'goes on where teacher and student were stopped, to the bit, batches being made ahead',
    async () => {
      const stopped = toyWorkspace()
      cpSync(folder, stopped.folder, { recursive: true })
      for (const stage of ['teacher', 'lcd'] as const) {
        const checkpoint = (of: Workspace) => loadCheckpoint(filesOf(of)[stage])
        rmSync(filesOf(stopped)[stage])
        await train(stage, { folder: stopped.folder, recipe, threads: 1, signal: stopAfter(2) })
        expect(checkpoint(stopped).record.step).toBe(2)
        await train(stage, { folder: stopped.folder, recipe, threads: 1 })
        expect(checkpoint(stopped).arrays).toEqual(checkpoint(workspace).arrays)
        expect({ ...checkpoint(stopped).record, seconds: 0 }).toEqual({ ...checkpoint(workspace).record, seconds: 0 })
      }
      rmSync(stopped.folder, { recursive: true, force: true })
    },
    patient(180_000),
  )

  it('lets a larger teacher begin where this one stands', async () => {
    const larger = toyWorkspace({
      from: folder,
      recipe: { ...recipe, unet: { ...recipe.unet, attentionFrom: 0 }, teacher: still(recipe.teacher) },
    })
    for (const file of ['vae.checkpoint', 'latent-statistics.json', 'text.checkpoint', 'tokenizer']) {
      cpSync(join(folder, file), join(larger.folder, file), { recursive: true })
    }
    await trainTeacher(larger)
    // Its rate is zero, and what it has besides begins with zero projections: it says what the smaller one says.
    const random = new Random(3)
    const [sample, context] = [new Float32Array(512), new Float32Array(32 * 16)].map(each => random.normals(each))
    const said = await Promise.all(
      [workspace, larger].map(async each => {
        const denoiser = await openDenoiser(each, trainedTeacher(each), 0)
        return [...(await denoiser.predict(sample!, [500], context!))]
      }),
    )
    for (const [at, value] of said[0]!.entries()) expect(said[1]![at]).toBeCloseTo(value, 4)
    rmSync(larger.folder, { recursive: true, force: true })
  })

  it('stores weights as halves, those of the text encoder as bytes', async () => {
    const files = ['text_encoder', 'unet', 'vae_encoder', 'vae_decoder'].map(part =>
      join(modelFolder, part, 'model.onnx'),
    )
    expect(readdirSync(join(modelFolder, 'unet')).sort()).toEqual(['config.json', 'model.onnx'])
    const { flat } = trainedStudent(workspace).flatten()
    expect(statSync(files[1]!).size).toBeLessThan(flat.length * 3 + 200_000)
    const model = await readModelFolder(modelFolder)
    expect(model.unet.info.precision).toBe('float16')
  })
})

/** How many sessions of the runtime are opened, and are still open at the end; their memory is not the garbage collector's. */
function countSessions() {
  const create = ort.InferenceSession.create.bind(ort.InferenceSession) as (...args: unknown[]) => Promise<Releasable>
  const sessions = { made: 0, open: 0 }
  const spy = vi.spyOn(ort.InferenceSession, 'create').mockImplementation((async (...args: unknown[]) => {
    const session = await create(...args)
    const release = session.release.bind(session)
    sessions.made++
    sessions.open++
    session.release = () => {
      sessions.open--
      return release()
    }
    return session
  }) as never)
  return {
    stop() {
      spy.mockRestore()
      return sessions
    },
  }
}

/** A signal to stop after so many steps: it is looked at before the stage and after each step. */
function stopAfter(steps: number): AbortSignal {
  const { signal } = new AbortController()
  let looks = 0
  Object.defineProperty(signal, 'aborted', { get: () => looks++ >= steps })
  return signal
}

/** One step that moves nothing. */
function still(teacher: Recipe['teacher']): Recipe['teacher'] {
  return { ...teacher, adam: { ...teacher.adam, rate: 0, steps: 1 } }
}
