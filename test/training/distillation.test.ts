import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { loadCheckpoint } from '../../onnx/optim/checkpoint.ts'
import { Random } from '../../onnx/optim/random.ts'
import { float32, int64 } from '../../onnx/tensor.ts'
import { openTrainable } from '../../training/loop/trainable.ts'
import { viewsOf, Weights } from '../../training/networks/network.ts'
import { noiseAt } from '../../training/solvers/diffusion.ts'
import { trainVae } from '../../training/stages/autoencoder.ts'
import { guidanceRows, openDenoiser } from '../../training/stages/denoiser.ts'
import { consistency, consistencyLoss } from '../../training/stages/lcd.ts'
import { studentWeights } from '../../training/stages/student.ts'
import { filesOf } from '../../training/workspace/workspace.ts'
import { toyRecipe, toyWorkspace } from './toy.ts'

const workspace = toyWorkspace()
afterAll(() => rmSync(workspace.folder, { recursive: true, force: true }))

describe('one step of distillation', () => {
  it.each([
    { distance: { huber: 0.001 }, d: (x: number) => Math.sqrt(x ** 2 + 0.001 ** 2) - 0.001 },
    { distance: 'l2', d: (x: number) => x ** 2 },
  ] as const)('has the loss and the slope that the formulas of the paper give: $distance', async ({ distance, d }) => {
    const recipe = { ...workspace.recipe, lcd: { ...workspace.recipe.lcd, distance } }
    const { batch, guidanceSize } = recipe.lcd
    const random = new Random(5)
    const shape = [batch, 8, 8, 8]
    const values = (length: number) => random.normals(new Float32Array(length))
    const [z, target, context] = [values(batch * 512), values(batch * 512), values(batch * 32 * 16)]
    const from = [19, 199, 699, 999]
    const omegas = [0, 1, 2.5, 6]

    const weights = studentWeights(workspace)
    const { flat, places } = weights.flatten()
    // Away from the zeros that training begins with, so that every layer matters.
    const moved = flat.map(value => value + random.between(-0.05, 0.05))
    const trainable = await openTrainable(
      new Weights(viewsOf(places, moved)),
      n => consistencyLoss(n, { ...workspace, recipe }),
      {
        threads: 1,
      },
    )
    const feeds = {
      sample: float32(z, shape),
      timestep: int64(from),
      encoder_hidden_states: float32(context, [batch, 32, 16]),
      timestep_cond: float32(guidanceRows(omegas, guidanceSize), [batch, guidanceSize]),
      of_sample: float32(
        Float32Array.from(from, t => boundary(t).ofSample),
        [batch, 1, 1, 1],
      ),
      of_v: float32(
        Float32Array.from(from, t => boundary(t).ofV),
        [batch, 1, 1, 1],
      ),
      target: float32(target, shape),
    }
    const { loss, gradients } = await trainable.gradients(feeds)

    const lossAt = async (weights: Float32Array) => {
      const denoiser = await openDenoiser(workspace, new Weights(viewsOf(places, weights)), guidanceSize)
      const f = consistency(z, await denoiser.predict(z, from, context, omegas), from)
      return f.reduce((sum, value, at) => sum + d(value - target[at]!), 0) / f.length
    }
    expect(loss).toBeCloseTo(await lossAt(moved), 5)

    // Along the gradient the loss changes by its squared length.
    const slope = new Float32Array(flat.length)
    for (const { offset, values } of gradients) slope.set(values, offset)
    const squared = slope.reduce((sum, value) => sum + value * value, 0)
    const reach = 0.02 / squared
    const ahead = await lossAt(moved.map((value, at) => value + reach * slope[at]!))
    const behind = await lossAt(moved.map((value, at) => value - reach * slope[at]!))
    expect((ahead - behind) / (2 * reach * squared)).toBeCloseTo(1, 1)
  })
})

/** f = c_skip z + c_out (α z − σ v), written down once more. */
function boundary(t: number) {
  const { alpha, sigma } = noiseAt(t)
  const cSkip = 0.5 ** 2 / ((10 * t) ** 2 + 0.5 ** 2)
  const cOut = (10 * t) / Math.sqrt((10 * t) ** 2 + 0.5 ** 2)
  return { ofSample: cSkip + cOut * alpha, ofV: -cOut * sigma }
}

describe('a run that was stopped', () => {
  it('goes on as if it had never stopped, to the bit', async () => {
    const through = toyWorkspace()
    await trainVae(through)

    const stopped = toyWorkspace()
    const stop = new AbortController()
    await trainVae({ ...stopped, signal: stop.signal, checkpointSeconds: 0, ...stopAfter(stop, 2) })
    expect(loadCheckpoint(filesOf(stopped).vae).record.step).toBeLessThan(4)
    await trainVae(stopped)

    const [one, other] = [loadCheckpoint(filesOf(through).vae), loadCheckpoint(filesOf(stopped).vae)]
    expect(other.arrays).toEqual(one.arrays)
    expect({ ...other.record, seconds: 0 }).toEqual({ ...one.record, seconds: 0 })
    for (const { folder } of [through, stopped]) rmSync(folder, { recursive: true, force: true })
  })

  it('refuses to go on with another recipe', async () => {
    const own = toyWorkspace()
    await trainVae(own)
    const other = toyRecipe({ seed: 2 })
    await expect(trainVae({ ...own, recipe: other })).rejects.toThrow('belongs to another recipe and cannot be resumed')
    rmSync(own.folder, { recursive: true, force: true })
  })
})

/** Stops when the stage has spoken so often: it speaks once with every checkpoint. */
function stopAfter(stop: AbortController, times: number) {
  let said = 0
  return {
    say: () => {
      said++
      if (said === times) stop.abort()
    },
  }
}
