/** The edited UNet against the same UNet with the adapters in its weights, over every kind of export that we know. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TorchGenerator } from '../../../engine/diffusion/random.ts'
import { takeStyles } from '../../../engine/lora/edit.ts'
import { findTargets, spaceOf, targetKinds, widthOf } from '../../../engine/lora/layout.ts'
import { mergeChanges } from '../../../engine/lora/merge.ts'
import { mixAdapters, styleRows } from '../../../engine/lora/mix.ts'
import type { Adapter, TargetKind } from '../../../engine/types/styles.ts'
import { decodeModel, encodeModel } from '../../../onnx/codec.ts'
import type { Model } from '../../../onnx/model.ts'
import { createSession, type Session } from '../../../onnx/session.ts'
import { float32, int64, type Tensor } from '../../../onnx/tensor.ts'

const folderOf = (name: string) =>
  fileURLToPath(
    name === 'embedded'
      ? new URL('../../../models/fourstroke-256/unet/', import.meta.url)
      : new URL(`../../fixtures/pipelines/${name}/unet/`, import.meta.url),
  )
const read = (name: string) => decodeModel(readFileSync(`${folderOf(name)}model.onnx`))
const open = (name: string, model: Model) =>
  createSession(encodeModel(model), { threads: 1, externalDataFolder: folderOf(name) })

const modules = [
  'down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q',
  'mid_block.attentions.0.transformer_blocks.0.attn2.to_k',
  'up_blocks.1.attentions.1.transformer_blocks.0.attn2.to_out.0',
]

describe('the targets of a UNet', () => {
  it.each(['today', 'older', 'first', 'dynamo', 'half'])('have the names of diffusers in pipelines/%s', name => {
    const { graph } = read(name)
    const names = (kind: TargetKind) => findTargets(graph, [kind]).map(target => target.name)
    expect(names('attention')).toHaveLength(32)
    expect(names('attention')).toEqual(expect.arrayContaining(modules))
    expect(names('feedForward')).toContain('mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj')
    expect(names('projection')).toContain('up_blocks.1.attentions.0.proj_in')
    expect(names('timeEmbedding')).toContain('down_blocks.1.resnets.0.time_emb_proj')
    expect(names('ends')).toEqual(['conv_in', 'conv_out'])
    expect(names('convolution')).toContain('down_blocks.1.resnets.0.conv_shortcut')
    expect(names('convolution')).toContain('down_blocks.0.downsamplers.0.conv')
  })

  it('are the same in every export of the same weights, whatever it calls them', () => {
    const sizes = (name: string) =>
      findTargets(read(name).graph, 'all')
        .map(target => `${target.name} ${target.in} ${target.out}`)
        .sort()
    expect(sizes('dynamo')).toEqual(sizes('today'))
    expect(sizes('first')).toEqual(sizes('older'))
  })

  it('know queries from keys by what the attention does with them', () => {
    const { graph } = read('dynamo')
    const weights = (name: string, model = read(name)) =>
      new Map(
        findTargets(model.graph).map(target => {
          const tensor = model.graph.initializers.get(target.weight.source)!
          return [target.name, 'data' in tensor ? tensor.data : undefined]
        }),
      )
    expect(findTargets(graph).every(target => !target.weight.value.includes('to_'))).toBe(true)
    expect(weights('dynamo')).toEqual(weights('today'))
  })
})

// `older` and `first` are of the same exporter as `today`.
describe.each(['today', 'dynamo', 'embedded'])('styles as inputs of %s', name => {
  const isEmbedded = name === 'embedded'
  const model = read(name)
  const targets = findTargets(model.graph, targetKinds)
  const layout = spaceOf(targets, 4)
  const random = new TorchGenerator(3)
  let plain: Session
  let styled: Session
  beforeAll(async () => {
    plain = await open(name, model)
    styled = await open(name, takeStyles(model, targets))
  })
  afterAll(async () => {
    await plain.release()
    await styled.release()
  })

  /** Changes a weight by about `gain` times its own size. */
  const adapter = (rank: number, gain = 0.3): Adapter => {
    const values = new Float32Array(rank * layout.valuesPerRank)
    let at = 0
    for (let r = 0; r < rank; r++) {
      for (const target of layout.targets) {
        for (const [size, scale] of [
          [target.in, 1 / Math.sqrt(target.in)],
          [target.out, gain / Math.sqrt(rank)],
        ] as const) {
          const part = random.randn(Math.max(16, size))
          for (let i = 0; i < size; i++) values[at++] = part[i]! * scale
        }
      }
    }
    return { rank, values }
  }

  const channels = model.graph.inputs.find(({ name }) => name === 'sample')!.shape[1] as number
  const [words, guidance] = ['encoder_hidden_states', 'timestep_cond'].map(
    input =>
      read(name)
        .graph.inputs.find(each => each.name === input)!
        .shape.at(-1) as number,
  )
  const normal = (count: number) => random.randn(count)
  const samples = Array.from({ length: 8 }, () => ({
    sample: normal(channels * 8 * 4),
    words: normal(77 * words!),
    guidance: normal(guidance!),
  }))

  function feeds(count: number, from = 0): Record<string, Tensor> {
    const rows = samples.slice(from, from + count)
    const joined = (part: keyof (typeof rows)[number]) => Float32Array.from(rows.flatMap(row => [...row[part]]))
    const timestep = model.graph.inputs.find(input => input.name === 'timestep')!
    const dims = timestep.shape.length === 0 ? [] : [timestep.shape[0] === 'batch' ? count : 1]
    const times = Array.from({ length: dims[0] ?? 1 }, () => 499)
    return {
      sample: float32(joined('sample'), [count, channels, 8, 4]),
      timestep: timestep.dtype === 'float32' ? float32(Float32Array.from(times), dims) : int64(times, dims),
      encoder_hidden_states: float32(joined('words'), [count, 77, words!]),
      timestep_cond: float32(joined('guidance'), [count, guidance!]),
    }
  }

  async function run(session: Session, given: Record<string, Tensor>): Promise<Float32Array> {
    const [output] = Object.values(await session.run(given))
    return output!.data as Float32Array
  }

  const withStyles = (styles: readonly (Adapter | undefined)[], from = 0) => {
    const rows = styleRows(layout, styles)
    return run(styled, {
      ...feeds(styles.length, from),
      style: float32(rows, [styles.length, rows.length / styles.length]),
    })
  }

  async function merged(style: Adapter, from = 0): Promise<Float32Array> {
    const session = await open(name, mergeChanges(model, changesOf(targets, style)))
    const answer = await run(session, feeds(1, from))
    await session.release()
    return answer
  }

  it('change nothing without a style, to the last bit', async () => {
    const attention = findTargets(model.graph)
    const width = widthOf(attention)
    const session = await open(name, takeStyles(model, attention))
    const expected = await run(plain, feeds(2))
    for (const ranks of [0, 16]) {
      const zeros = float32(new Float32Array(2 * ranks * width), [2, ranks * width])
      expect(await run(session, { ...feeds(2), style: zeros })).toEqual(expected)
    }
    await session.release()
  })

  it('change nothing but roundings where every kind of projection is targeted', async () => {
    // The runtime fuses other operators around so many additions.
    const expected = await run(plain, feeds(2))
    const changed = largestDifference(await withStyles([undefined, undefined]), expected)
    expect(changed / largest(expected)).toBeLessThanOrEqual(1e-5)
  })

  it('equal the adapter merged into the weights', async () => {
    const style = adapter(4)
    const expected = await merged(style)
    const base = await run(plain, feeds(1))
    expect(largestDifference(base, expected)).toBeGreaterThan(0.01)
    expect(largestDifference(await withStyles([style]), expected) / largest(expected)).toBeLessThanOrEqual(1e-5)
  })

  it('are of each picture alone, whoever shares its batch', async () => {
    const styles = [adapter(4), undefined, adapter(16), adapter(1), undefined, adapter(2), adapter(8), adapter(3)]
    const together = await withStyles(styles)
    const size = together.length / styles.length
    for (const [row, style] of styles.entries()) {
      const alone = await withStyles([style], row)
      const beside = together.subarray(row * size, (row + 1) * size)
      expect(largestDifference(beside, alone) / largest(alone)).toBeLessThanOrEqual(isEmbedded ? 0 : 1e-5)
    }
  })
})

describe('a mix', () => {
  const targets = [
    { name: 'one', in: 2, out: 3 },
    { name: 'other', in: 4, out: 1 },
  ]
  const space = { targets, maxRank: 16, valuesPerRank: 10, latentChannels: 2 }
  const random = new TorchGenerator(5)
  const adapterOf = (rank: number) => ({ rank, values: random.randn(rank * space.valuesPerRank) })

  it('changes every weight by the weighted sum of what its adapters change', () => {
    const [first, second] = [adapterOf(3), adapterOf(2)]
    const mix = mixAdapters(space, [
      { adapter: first, weight: 0.7 },
      { adapter: second, weight: 1.2 },
    ])
    expect(mix.rank).toBe(5)
    const [ofFirst, ofSecond] = [productsOf(targets, first), productsOf(targets, second)]
    for (const [at, change] of productsOf(targets, mix).entries()) {
      expect(change).toBeCloseTo(0.7 * ofFirst[at]! + 1.2 * ofSecond[at]!, 5)
    }
  })

  it('goes a part of the way to the colours of a style, to the mean of several, and never beyond', () => {
    const [one, other] = [Float32Array.of(1, 0, 2, 0, 0, -4), Float32Array.of(0, 0, 8, 0, 0, 4)]
    const tintOf = (...parts: (readonly [tint: Float32Array | undefined, weight: number])[]) =>
      mixAdapters(
        space,
        parts.map(([tint, weight]) => ({ adapter: { ...adapterOf(1), ...(tint && { tint }) }, weight })),
      ).tint
    expect(tintOf([one, 0.5])).toEqual(one.map(value => value / 2))
    expect(tintOf([one, 1.5])).toEqual(one)
    expect(tintOf([one, 1], [other, 1])).toEqual(one.map((value, at) => (value + other[at]!) / 2))
    expect(tintOf([one, 0.5], [undefined, 1])).toEqual(one.map(value => value / 2))
    expect(tintOf([undefined, 0.5])).toBeUndefined()
  })

  it('fills the ranks that others have with zeros, and has none where nobody has a style', () => {
    const style = adapterOf(3)
    const rows = styleRows(space, [undefined, style])
    expect(rows).toHaveLength(2 * 16 * 10)
    expect(rows.subarray(160, 190)).toEqual(style.values)
    expect(rows.filter(value => value !== 0)).toHaveLength(30)
    expect(styleRows(space, [undefined, undefined])).toHaveLength(0)
    // Three styles of all slots need three times as many.
    expect(styleRows(space, [adapterOf(33), style])).toHaveLength(2 * 48 * 10)
  })
})

/** B A of every target, (out, in), one after another. */
function productsOf(targets: readonly Sizes[], adapter: Adapter): number[] {
  return changesOf(targets, adapter).flatMap(({ target, rank, a, b }) =>
    Array.from({ length: target.out * target.in }, (_, at) => {
      const [o, i] = [Math.floor(at / target.in), at % target.in]
      let sum = 0
      for (let r = 0; r < rank; r++) sum += b[o * rank + r]! * a[r * target.in + i]!
      return sum
    }),
  )
}

interface Sizes {
  readonly in: number
  readonly out: number
}

/** What an adapter changes, written another way than the edited graph has it. */
function changesOf<T extends Sizes>(targets: readonly T[], { rank, values }: Adapter) {
  const width = widthOf(targets)
  let start = 0
  return targets.map(target => {
    const from = start
    start += target.in + target.out
    const a = Float32Array.from({ length: rank * target.in }, (_, at) => {
      return values[Math.floor(at / target.in) * width + from + (at % target.in)]!
    })
    const b = Float32Array.from({ length: target.out * rank }, (_, at) => {
      return values[(at % rank) * width + from + target.in + Math.floor(at / rank)]!
    })
    return { target, rank, a, b }
  })
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0)
}
