import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import wabt from 'wabt'
import {
  type AdamOptions,
  adamStep,
  checkpointArrays,
  createOptimizerState,
  emaDecayAt,
  learningRateAt,
} from '../../../onnx/optim/adam.ts'
import { Random } from '../../../onnx/optim/random.ts'
import { float32 } from '../../../onnx/tensor.ts'
import { RunningLoss } from '../../../training/loop/progress.ts'
import { openTrainable } from '../../../training/loop/trainable.ts'
import { Weights } from '../../../training/networks/network.ts'
import { plainStep } from './plainAdam.ts'

const options: AdamOptions = {
  rate: 0.1,
  floor: 0.1,
  warmUp: 2,
  steps: 10,
  beta1: 0.9,
  beta2: 0.99,
  decay: 0.01,
  clip: 1,
  average: 0.999,
}

describe('AdamW', () => {
  it('agrees with torch.optim.AdamW', () => {
    // torch 2: p = torch.tensor([1., -2.]); AdamW([p], lr, betas=(.9, .99), eps=1e-8, weight_decay=.01), three steps with
    // gradients (.3, -.4), (.1, .2), (-.2, .1) and the learning rates 0.05, 0.1, 0.1.
    const optimizerState = createOptimizerState(Float32Array.of(1, -2))
    const gradients = [Float32Array.of(0.3, -0.4), Float32Array.of(0.1, 0.2), Float32Array.of(-0.2, 0.1)]
    for (const [step, values] of gradients.entries()) adamStep(optimizerState, [{ offset: 0, values }], step, options)
    expect(optimizerState.weights[0]).toBeCloseTo(0.8376654, 5)
    expect(optimizerState.weights[1]).toBeCloseTo(-1.9123019, 5)
  })

  it('clips by the norm of all gradients together', () => {
    const [one, other] = [createOptimizerState(new Float32Array(2)), createOptimizerState(new Float32Array(2))]
    const norm = adamStep(
      one,
      [
        { offset: 0, values: Float32Array.of(30) },
        { offset: 1, values: Float32Array.of(40) },
      ],
      0,
      options,
    )
    adamStep(other, [{ offset: 0, values: Float32Array.of(0.6, 0.8) }], 0, options)
    expect(norm).toBe(50)
    for (const at of [0, 1]) expect(one.first[at]).toBeCloseTo(other.first[at]!, 6)
  })

  it('lets a stretch learn at a rate of its own, and the rest as ever', () => {
    const begin = () => createOptimizerState(new Random(3).normals(new Float32Array(16)))
    const gradients = [{ offset: 0, values: new Random(4).normals(new Float32Array(16)) }]
    const [plain, faster, all] = [begin(), begin(), begin()]
    adamStep(plain, gradients, 3, options)
    adamStep(faster, gradients, 3, options, [{ offset: 4, length: 6, times: 10 }])
    adamStep(all, gradients, 3, { ...options, rate: options.rate * 10 })
    for (let at = 0; at < 16; at++) {
      const expected = at >= 4 && at < 10 ? all : plain
      expect(faster.weights[at]).toBeCloseTo(expected.weights[at]!, 6)
      expect(faster.first[at]).toBe(plain.first[at])
    }
    expect(() => adamStep(begin(), gradients, 0, options, [{ offset: 3, length: 2, times: 2 }])).toThrow(
      'Expected a stretch of an even number of weights after an even number, got 2 after 3.',
    )
  })

  it.each([1, 2, 7, 1000, 4097])(
    'gives %i weights the same bits as the formula, written down in JavaScript',
    length => {
      const random = new Random(length)
      const optimizerState = createOptimizerState(random.normals(new Float32Array(length)))
      const plain = structuredClone(checkpointArrays(optimizerState))
      for (let step = 0; step < 5; step++) {
        // Two parts, one where a graph would write it and one from elsewhere; below the norm that is clipped, and above.
        const values = random.normals(new Float32Array(length)).map(value => value * [1e-4, 1, 0, 1e-20, 30][step]!)
        const middle = Math.floor(length / 3)
        optimizerState.gradient.set(values.subarray(0, middle))
        const parts = [
          { offset: 0, values: optimizerState.gradient.subarray(0, middle) },
          { offset: middle, values: values.subarray(middle) },
        ]
        expect(adamStep(optimizerState, parts, step, options)).toBe(plainStep(plain, parts, step, options))
      }
      expect(checkpointArrays(optimizerState)).toEqual(plain)
    },
  )

  it('is what adam.wat says', async () => {
    const { parseWat } = await wabt()
    const file = new URL('../../../onnx/optim/adam.wat', import.meta.url)
    const { buffer } = parseWat('adam.wat', readFileSync(file, 'utf8'), { simd: true }).toBinary({})
    await expect(`/** \`adam.wat\`, assembled: \`npx vitest run test/onnx/optim/adam.test.ts -u\` writes this file. */
export const adamKernel =
  '${Buffer.from(buffer).toString('base64')}'
`).toMatchFileSnapshot('../../../onnx/optim/adamKernel.ts')
  })

  it('takes what a graph has written without copying it', async () => {
    // loss = w · x, so that the gradient is x.
    const weights = new Weights([['w', float32([1, 2, 3])]])
    const trainable = await openTrainable(
      weights,
      n => n.reduceSum(n.mul(n.weight('w', [3], 'zeros'), n.input('x', 'float32', [3]))),
      { threads: 1 },
    )
    const { loss, gradients } = await trainable.gradients({ x: float32(Float32Array.of(1, 10, 100), [3]) })
    expect(loss).toBe(321)
    expect([...trainable.optimizerState.gradient]).toEqual([1, 10, 100])
    expect(gradients[0]!.values.buffer).toBe(trainable.optimizerState.gradient.buffer)
    await trainable.release()
  })

  it('refuses gradients of some of the weights', () => {
    const gradients = [{ offset: 0, values: new Float32Array(2) }]
    expect(() => adamStep(createOptimizerState(new Float32Array(3)), gradients, 0, options)).toThrow(
      'Expected gradients of 3 weights, got 2',
    )
  })

  it('leaves everything as it was when a gradient is not finite', () => {
    const optimizerState = createOptimizerState(Float32Array.of(1))
    expect(adamStep(optimizerState, [{ offset: 0, values: Float32Array.of(Number.NaN) }], 0, options)).toBeNaN()
    expect(optimizerState.weights[0]).toBe(1)
  })

  it('warms up in a line and goes down in half a cosine', () => {
    expect([0, 1, 2, 6, 10].map(step => learningRateAt(step, options))).toEqual([
      0.05,
      0.1,
      0.1,
      expect.closeTo(0.055),
      expect.closeTo(0.01),
    ])
    expect(emaDecayAt(0, 0.999)).toBe(0.1)
    expect(emaDecayAt(1e6, 0.999)).toBe(0.999)
  })
})

describe('the running loss', () => {
  it('stops a run that is no longer finite, or twice as bad as it has been', () => {
    expect(() => new RunningLoss().add(Number.NaN, 7, 'lcd')).toThrow('lcd: expected a finite loss at step 7, got NaN')
    const loss = new RunningLoss()
    for (let step = 0; step < 400; step++) loss.add(1, step, 'lcd')
    expect(() => {
      for (let step = 400; step < 800; step++) loss.add(3, step, 'lcd')
    }).toThrow('the running loss has doubled, from 1.00 to 2.0')
  })
})

describe('two objectives of one graph', () => {
  it('teach the weights that each is about, as if the other were not there', async () => {
    const weights = () =>
      new Weights([
        ['a.weight', float32(Float32Array.of(2, 3))],
        ['b.weight', float32(Float32Array.of(5, 7))],
      ])
    const trainable = await openTrainable(
      weights(),
      n => {
        const a = n.scope('a', () => n.weight('weight', [2], 'zeros'))
        const b = n.scope('b', () => n.weight('weight', [2], 'zeros'))
        const both = n.reduceSum(n.mul(n.mul(a, a), b))
        return [
          { loss: both, trains: name => name.startsWith('a.') },
          { loss: n.neg(both), trains: name => name.startsWith('b.') },
        ]
      },
      { threads: 1 },
    )
    const { loss, gradients } = await trainable.gradients({})
    expect(loss).toBe(2 * 2 * 5 + 3 * 3 * 7)
    // d(a²b)/da = 2ab, and d(−a²b)/db = −a².
    expect(gradients.map(({ values }) => [...values])).toEqual([
      [20, 42],
      [-4, -9],
    ])
    await trainable.release()
  })
})
