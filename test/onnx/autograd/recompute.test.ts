/**
 * Recomputation, and what onnxruntime does that makes the guard necessary. If an upgrade of the runtime breaks one of
 * these, memory of training graphs is what suffers.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { type GradientOptions, gradients } from '../../../onnx/autograd/backward.ts'
import { keepDear, saveOnly } from '../../../onnx/autograd/recompute.ts'
import { decodeModel } from '../../../onnx/codec.ts'
import { Tape, type Value } from '../../../onnx/tape/tape.ts'
import { float32, type Tensor } from '../../../onnx/tensor.ts'
import { relativeDistance, run } from '../files.ts'
import { randomNumbers } from './check.ts'

const shape = [2, 4, 6, 6]
/** Blocks of norm, SiLU and convolution with skips, and the results of the blocks. */
function network(depth: number): { t: Tape; x: Value; zero: Value; loss: Value; blocks: Value[]; weights: string[] } {
  const random = randomNumbers(3)
  const t = new Tape({ trainable: () => true })
  const x = t.input('x', 'float32', shape)
  const zero = t.input('zero', 'float32', [])
  const parameter = (name: string, dims: readonly number[]) =>
    t.parameter(name, float32(random(dims.reduce((count, size) => count * size, 1)), dims))
  const blocks: Value[] = []
  let y = x
  for (let at = 0; at < depth; at++) {
    t.scope(`block.${at}`, () => {
      const normal = t.groupNorm(y, parameter('gamma', [4]), parameter('beta', [4]), 2)
      const h = t.conv(t.silu(normal), parameter('weight', [4, 4, 3, 3]), parameter('bias', [4]), { pads: 1 })
      const tokens = t.transpose(t.reshape(h, [2, 4, 36]), [0, 2, 1])
      const mixed = t.matmul(t.softmax(t.matmul(tokens, t.transpose(tokens, [0, 2, 1]))), t.gelu(tokens))
      y = t.add(y, t.reshape(t.transpose(mixed, [0, 2, 1]), shape))
      blocks.push(y)
    })
  }
  return { t, x, zero, loss: t.reduceMean(t.mul(y, y)), blocks, weights: [...t.parameters.keys()] }
}

type Built = ReturnType<typeof network>

function backward({
  depth = 4,
  recompute,
}: {
  depth?: number
  recompute?: (built: Built) => GradientOptions['recompute']
} = {}) {
  const built = network(depth)
  const { t, x, loss, weights } = built
  const chosen = recompute?.(built)
  const found = gradients(t, loss, [x, ...weights], chosen ? { recompute: chosen } : {})
  const outputs = Object.fromEntries([...found].map(([name, value]) => [`${name}_grad`, value] as const))
  const feeds = Object.fromEntries(
    [...t.parameters].map(([name, { dims, data }]) => [
      name,
      { dtype: 'float32' as const, dims, data: data as Float32Array },
    ]),
  )
  const sample = { dtype: 'float32' as const, dims: shape, data: randomNumbers(5)(288) }
  const scalar = { dtype: 'float32' as const, dims: [], data: Float32Array.of(0) }
  return { bytes: t.encode(outputs), feeds: { ...feeds, x: sample, zero: scalar } }
}

const waysToRecompute = {
  'activations and affine maps': (built: Built) => ({ zero: built.zero, isSaved: keepDear }),
  'everything between blocks': (built: Built) => ({
    zero: built.zero,
    isSaved: saveOnly(built.blocks.map(block => block.name)),
  }),
}

describe('gradients do not change when the backward pass computes again', () => {
  it.each(Object.entries(waysToRecompute))('%s', async (_, recompute) => {
    const [kept, again] = [backward(), backward({ recompute })]
    const [expected, found] = [await run(kept.bytes, kept.feeds), await run(again.bytes, again.feeds)]
    for (const [name, { data }] of Object.entries(expected)) {
      expect(relativeDistance(found[name]!.data as Float32Array, data as Float32Array), name).toBeLessThan(1e-5)
    }
  })
})

describe('the runtime', () => {
  it('merges equal subgraphs, so that a plain copy of the forward pass saves nothing', async () => {
    const t = new Tape()
    const x = t.input('x', 'float32', [4])
    const y = t.add(t.mul(t.exp(x), 2), t.mul(t.exp(x), 3))
    expect(count(await optimised(t.encode({ y })), 'Exp')).toBe(1)
  })

  it('keeps the copy apart when it starts from the guarded value', async () => {
    const t = new Tape()
    const x = t.input('x', 'float32', [4])
    const zero = t.input('zero', 'float32', [])
    const y = t.add(t.mul(t.exp(x), 2), t.mul(t.exp(t.add(x, t.mul(t.reduceSum(x), zero))), 3))
    expect(count(await optimised(t.encode({ y })), 'Exp')).toBe(2)
  })

  it('runs attention again for each block that is recomputed', async () => {
    const attentions = async (bytes: Uint8Array) => {
      const { nodes } = await optimised(bytes)
      return nodes.filter(node => node.op === 'Softmax').length
    }
    const kept = await attentions(backward().bytes)
    const again = await attentions(backward({ recompute: waysToRecompute['everything between blocks'] }).bytes)
    expect(kept).toBe(4)
    expect(again).toBe(8)
  })

  it('holds much less at its fullest moment when only the results of blocks are kept', async () => {
    const [kept, cheap, blocks] = [
      await peakBytes(backward({ depth: 8 })),
      await peakBytes(backward({ depth: 8, recompute: waysToRecompute['activations and affine maps'] })),
      await peakBytes(backward({ depth: 8, recompute: waysToRecompute['everything between blocks'] })),
    ]
    expect(cheap).toBeLessThan(0.8 * kept)
    expect(blocks).toBeLessThan(0.5 * kept)
  })

  it('runs nodes that nothing needs, so the tape leaves them out', async () => {
    const t = new Tape()
    const x = t.input('x', 'float32', [4])
    t.exp(x)
    const { graph } = t.model({ y: t.neg(x) })
    expect(graph.nodes.map(node => node.op)).toEqual(['Neg'])
  })
})

/** The graph as the runtime really runs it, and what its profile says when it has run. */
async function optimised(bytes: Uint8Array, feeds?: Readonly<Record<string, Tensor>>) {
  const folder = mkdtempSync(join(tmpdir(), 'optimised-'))
  try {
    const optimizedModelFilePath = join(folder, 'model.onnx')
    const profiling = feeds ? { enableProfiling: true, profileFilePrefix: join(folder, 'profile') } : {}
    // Constants stay inside the optimised file at this level, and no layout is specific to the machine.
    const session = await ort.InferenceSession.create(bytes, {
      optimizedModelFilePath,
      ...profiling,
      graphOptimizationLevel: 'extended',
      intraOpNumThreads: 1,
      logSeverityLevel: 3,
    })
    if (feeds) {
      const inputs = session.inputNames.map(name => {
        const { dtype, data, dims } = feeds[name]!
        return [name, new ort.Tensor(dtype as 'float32', data as Float32Array, dims)] as const
      })
      await session.run(Object.fromEntries(inputs))
      session.endProfiling()
    }
    await session.release()
    const profile = readdirSync(folder).find(file => file.startsWith('profile'))
    return {
      ...decodeModel(readFileSync(optimizedModelFilePath)).graph,
      events: profile ? (JSON.parse(readFileSync(join(folder, profile), 'utf8')) as ProfileEvent[]) : [],
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

interface ProfileEvent {
  readonly cat: string
  readonly name: string
  /** For each result its type and shape. */
  readonly args: { readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[] }
}

/** Bytes of results that are alive at once, at most, in the order in which the runtime ran the nodes. */
async function peakBytes({ bytes, feeds }: ReturnType<typeof backward>): Promise<number> {
  const { nodes, outputs, events } = await optimised(bytes, feeds)
  const byName = new Map(nodes.map(node => [node.name, node]))
  const ran = events.flatMap(({ cat, name, args }) => {
    const node =
      cat === 'Node' && name.endsWith('_kernel_time') ? byName.get(name.replace('_kernel_time', '')) : undefined
    return node ? [{ node, shapes: args.output_type_shape ?? [] }] : []
  })
  expect(ran.length).toBe(nodes.length)
  const lastUse = new Map(ran.flatMap(({ node }, at) => node.inputs.map(name => [name, at] as const)))
  const alive = new Map<string, number>()
  let [now, peak] = [0, 0]
  for (const [at, { node, shapes }] of ran.entries()) {
    for (const [index, name] of node.outputs.entries()) {
      const [dims] = Object.values(shapes[index] ?? {})
      alive.set(name, 4 * (dims ?? [0]).reduce((count, size) => count * size, 1))
      now += alive.get(name)!
    }
    peak = Math.max(peak, now)
    for (const name of new Set([...node.inputs, ...node.outputs])) {
      if (!alive.has(name) || (lastUse.get(name) ?? at) > at || outputs.some(output => output.name === name)) continue
      now -= alive.get(name)!
      alive.delete(name)
    }
  }
  return peak
}

function count(graph: { nodes: readonly { op: string }[] }, op: string): number {
  return graph.nodes.filter(node => node.op === op).length
}
