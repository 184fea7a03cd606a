/** The edited UNet against the same UNet with the adapters in its weights, over every kind of export that we know. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { takeStyles } from '../../../engine/lora/edit.ts'
import { findTargets, spaceOf, type Target, type TargetKind, widthOf } from '../../../engine/lora/layout.ts'
import { mergeChanges, type WeightChange } from '../../../engine/lora/merge.ts'
import { mixAdapters, styleRows } from '../../../engine/lora/mix.ts'
import { decodeModel, encodeModel } from '../../../engine/onnx/codec.ts'
import type { Model } from '../../../engine/onnx/model.ts'
import { TorchGenerator } from '../../../engine/random.ts'
import { createSession, type Session } from '../../../engine/session.ts'
import type { Adapter } from '../../../engine/styles.ts'
import { float32, int64, type Tensor } from '../../../engine/tensor.ts'

const folderOf = (name: string) =>
  fileURLToPath(
    name === 'embedded'
      ? new URL('../../../models/fourstroke-s128/unet/', import.meta.url)
      : new URL(`../../fixtures/pipelines/${name}/unet/`, import.meta.url),
  )
const read = (name: string) => decodeModel(readFileSync(`${folderOf(name)}model.onnx`))
const open = (name: string, model: Model) =>
  createSession(encodeModel(model), { threads: 1, externalDataFolder: folderOf(name) })

const everyKind = ['attention', 'feedForward', 'projection', 'convolution'] as const
const modules = [
  'down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q',
  'mid_block.attentions.0.transformer_blocks.0.attn2.to_k',
  'up_blocks.1.attentions.1.transformer_blocks.0.attn2.to_out.0',
]

describe('the targets of a UNet', () => {
  it.each(['today', 'older', 'first', 'dynamo', 'half'])('have the names of diffusers in pipelines/%s', name => {
    const { graph } = read(name)
    const names = (kind: TargetKind) => findTargets(graph, { kinds: [kind] }).map(target => target.name)
    expect(names('attention')).toHaveLength(32)
    expect(names('attention')).toEqual(expect.arrayContaining(modules))
    expect(names('feedForward')).toContain('mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj')
    expect(names('projection')).toContain('up_blocks.1.attentions.0.proj_in')
    expect(names('convolution')).toContain('down_blocks.1.resnets.0.conv_shortcut')
    expect(names('convolution')).toContain('down_blocks.0.downsamplers.0.conv')
  })

  it('are the same in every export of the same weights, whatever it calls them', () => {
    const sizes = (name: string) =>
      findTargets(read(name).graph, { kinds: 'all' })
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

describe.each(['today', 'older', 'first', 'dynamo', 'embedded'])('styles as inputs of %s', name => {
  const isEmbedded = name === 'embedded'
  const model = read(name)
  const targets = findTargets(model.graph, { kinds: everyKind })
  const layout = spaceOf(targets)
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
    const values = new Float32Array(rank * layout.width)
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

  const channels = isEmbedded ? 8 : 4
  const sizes = isEmbedded ? { words: 96, guidance: 64 } : { words: 16, guidance: 32 }
  const normal = (count: number) => random.randn(count)
  const samples = Array.from({ length: 8 }, () => ({
    sample: normal(channels * 8 * 4),
    words: normal(77 * sizes.words),
    guidance: normal(sizes.guidance),
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
      encoder_hidden_states: float32(joined('words'), [count, 77, sizes.words]),
      timestep_cond: float32(joined('guidance'), [count, sizes.guidance]),
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

  it('mix as the sum of what each changes', async () => {
    const [one, other] = [adapter(3), adapter(5)]
    const mix = mixAdapters(layout, [
      { adapter: one, weight: 0.7 },
      { adapter: other, weight: 1.2 },
    ])
    expect(mix.rank).toBe(8)
    const sum = async () => {
      const first = mergeChanges(model, changesOf(targets, one, 0.7))
      const again = findTargets(first.graph, { kinds: everyKind })
      const session = await open(name, mergeChanges(first, changesOf(again, other, 1.2)))
      const answer = await run(session, feeds(1))
      await session.release()
      return answer
    }
    const expected = await sum()
    expect(largestDifference(await withStyles([mix]), expected) / largest(expected)).toBeLessThanOrEqual(1e-5)
  })

  it('are of each picture alone, whoever shares its batch', async () => {
    const styles = [adapter(4), undefined, adapter(16), adapter(1), undefined, adapter(2), adapter(8), adapter(3)]
    const together = await withStyles(styles)
    const size = together.length / styles.length
    for (const [row, style] of styles.entries()) {
      const alone = await withStyles([style], row)
      const beside = together.subarray(row * size, (row + 1) * size)
      expect(largestDifference(beside, alone) / largest(alone)).toBeLessThanOrEqual(1e-5)
    }
  })
})

/** What an adapter changes, written another way than the edited graph has it. */
function changesOf(targets: readonly Target[], { rank, values }: Adapter, factor = 1): WeightChange[] {
  const width = widthOf(targets)
  let start = 0
  return targets.map(target => {
    const from = start
    start += target.in + target.out
    const a = Float32Array.from({ length: rank * target.in }, (_, at) => {
      return values[Math.floor(at / target.in) * width + from + (at % target.in)]!
    })
    const b = Float32Array.from({ length: target.out * rank }, (_, at) => {
      return factor * values[(at % rank) * width + from + target.in + Math.floor(at / rank)]!
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
