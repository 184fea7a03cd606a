/**
 * What it costs that every UNet call can take styles: the graph as it is, edited with nobody using a style, and with
 * everybody using one of all slots. For the embedded model, and for one resnet and one transformer of each width of
 * Stable Diffusion 1.5 at the size they have in a picture of 512 pixels, with random weights.
 *
 *     npx tsx bench/styles.ts --rounds 15 --threads 1       the first half of `npm run bench:styles`; the other is learning.ts
 *
 * Last, `stored.ts`: what storing a style changes in its pictures.
 *
 * The three take turns within each round, and the shares are medians over the rounds of processor time, so that whatever
 * else the machine does falls on all of them alike.
 */
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { takeStyles } from '../engine/lora/edit.ts'
import { defaultSlots, findTargets, widthOf } from '../engine/lora/layout.ts'
import { readModelFolder } from '../engine/pipeline/modelFolder.ts'
import type { TargetKind } from '../engine/types/styles.ts'
import { decodeModel, encodeModel } from '../onnx/codec.ts'
import type { Model } from '../onnx/model.ts'
import { Random } from '../onnx/optim/random.ts'
import { createSession } from '../onnx/session.ts'
import type { Value } from '../onnx/tape/tape.ts'
import { elementCount, float32, int64, type Tensor } from '../onnx/tensor.ts'
import { attention, conv, groupNorm, layerNorm, linear, pixelsOf, tokensOf } from '../training/networks/layers.ts'
import { Network, Weights } from '../training/networks/network.ts'

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, threads: { type: 'string', default: '1' } },
})
const rounds = Number(options.rounds)
const threads = Number(options.threads)

interface Subject {
  readonly name: string
  readonly model: Model
  readonly targets: readonly TargetKind[]
  readonly feeds: Readonly<Record<string, Tensor>>
  readonly batch: number
}

const random = new Random(1)
const normal = (...dims: number[]) => float32(random.normals(new Float32Array(elementCount(dims))), dims)

const embeddedFolder = fileURLToPath(new URL('../models/fourstroke-256', import.meta.url))
const { styleTargets } = await readModelFolder(embeddedFolder)

function embedded(batch: number): Subject {
  const model = decodeModel(readFileSync(join(embeddedFolder, 'unet/model.onnx')))
  const size = (input: string) => Number(model.graph.inputs.find(({ name }) => name === input)!.shape.at(-1))
  const channels = Number(model.graph.inputs.find(({ name }) => name === 'sample')!.shape[1])
  return {
    name: `embedded model, ${batch === 1 ? 'one picture' : `${batch} pictures`}`,
    model,
    targets: styleTargets,
    batch,
    feeds: {
      sample: normal(batch, channels, 16, 16),
      timestep: int64(Array.from({ length: batch }, () => 499)),
      encoder_hidden_states: normal(batch, 77, size('encoder_hidden_states')),
      timestep_cond: normal(batch, size('timestep_cond')),
    },
  }
}

/** ResnetBlock2D without its time, and Transformer2DModel, as diffusers has them in Stable Diffusion 1.5. */
function block(width: number, side: number): Subject {
  const n = new Network(new Weights([], random))
  const input = n.input('sample', 'float32', ['batch', width, side, side])
  const words = n.input('encoder_hidden_states', 'float32', ['batch', 77, 768])
  const output = n.scope('down_blocks.0', () => {
    let x: Value = input
    x = n.scope('resnets.0', () => {
      const half = conv(n, 'conv1', n.silu(groupNorm(n, 'norm1', x, width, 32)), { in: width, out: width })
      return n.add(x, conv(n, 'conv2', n.silu(groupNorm(n, 'norm2', half, width, 32)), { in: width, out: width }))
    })
    return n.scope('attentions.0', () => {
      const inside = conv(n, 'proj_in', groupNorm(n, 'norm', x, width, 32), { in: width, out: width }, { kernel: 1 })
      let y = tokensOf(n, inside)
      n.scope('transformer_blocks.0', () => {
        const sizes = { size: width, heads: 8 }
        const own = layerNorm(n, 'norm1', y, width)
        y = n.add(attention(n, 'attn1', own, own, { ...sizes, contextSize: width }), y)
        y = n.add(attention(n, 'attn2', layerNorm(n, 'norm2', y, width), words, { ...sizes, contextSize: 768 }), y)
        const wide = linear(n, 'ff.net.0.proj', layerNorm(n, 'norm3', y, width), { in: width, out: width * 8 })
        const [value, gate] = n.split(wide, 2, -1)
        y = n.add(linear(n, 'ff.net.2', n.mul(value!, n.gelu(gate!)), { in: width * 4, out: width }), y)
      })
      const out = conv(n, 'proj_out', pixelsOf(n, y, x), { in: width, out: width }, { kernel: 1 })
      return n.add(out, x)
    })
  })
  return {
    name: `Stable Diffusion 1.5, blocks of ${width} at ${side} × ${side}`,
    model: n.model({ out: output }),
    targets: ['attention'],
    batch: 1,
    feeds: { sample: normal(1, width, side, side), encoder_hidden_states: normal(1, 77, 768) },
  }
}

interface Cost {
  readonly name: string
  /** Of the graph as it is: processor time of a call. */
  readonly ms: number
  /** More than that. */
  readonly nobodyPercent: number
  readonly everybodyPercent: number
  /** Largest difference of an answer with nobody's style from that of the graph as it is. */
  readonly difference: number
}

async function measure({ name, model, targets: kinds, feeds, batch }: Subject): Promise<Cost> {
  const targets = findTargets(model.graph, kinds)
  const width = widthOf(targets)
  // As the engine opens its own.
  const settings = { threads, extra: { session: { intra_op: { allow_spinning: '0' } } } }
  const plain = await createSession(encodeModel(model), settings)
  const edited = await createSession(encodeModel(takeStyles(model, targets)), settings)
  const styles = (ranks: number) => {
    const values = random.normals(new Float32Array(batch * ranks * width)).map(value => value * 0.01)
    return { ...feeds, style: float32(values, [batch, ranks * width]) }
  }
  const calls = [() => plain.run(feeds), ...[0, defaultSlots].map(styles).map(given => () => edited.run(given))]
  const times: number[][] = []
  // Short calls are noisier and cost less to repeat.
  const repeats = rounds * ((await isShort(calls[0]!)) ? 20 : 1)
  for (let round = -2; round < repeats; round++) {
    const row: number[] = []
    for (const call of calls) row.push(await processorMs(call))
    if (round >= 0) times.push(row) // before: warming up
  }
  const [expected, nobody] = [await plain.run(feeds), await edited.run(styles(0))].map(
    answer => Object.values(answer)[0]!,
  )
  await plain.release()
  await edited.release()
  const percent = (variant: number) => (median(times.map(row => row[variant]! / row[0]!)) - 1) * 100
  return {
    name,
    ms: median(times.map(row => row[0]!)),
    nobodyPercent: percent(1),
    everybodyPercent: percent(2),
    difference: largestDifference(expected!.data as Float32Array, nobody!.data as Float32Array),
  }
}

async function isShort(call: () => Promise<unknown>): Promise<boolean> {
  await call()
  return (await processorMs(call)) < 50
}

async function processorMs(act: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await act()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}

const subjects = [
  () => embedded(1),
  () => embedded(4),
  () => block(320, 64),
  () => block(640, 32),
  () => block(1280, 16),
]
const costs: Cost[] = []
const share = (percent: number) => `${percent >= 0 ? '+' : ''}${percent.toFixed(1)} %`
console.log(
  `${cpus().length} × ${cpus()[0]?.model}, ${threads} of them; ${rounds} rounds; styles of rank ${defaultSlots}`,
)
for (const subject of subjects) {
  const cost = await measure(subject())
  costs.push(cost)
  console.log(
    `  ${cost.name.padEnd(48)} ${cost.ms.toFixed(1).padStart(8)} ms   nobody ${share(cost.nobodyPercent).padStart(8)}   ` +
      `everybody ${share(cost.everybodyPercent).padStart(8)}   zeros differ by ${cost.difference}`,
  )
}
// Two such blocks on the way down and three on the way up at each width: the shares of a whole call, all but exactly.
const blocks = costs.slice(2)
const total = blocks.reduce((sum, { ms }) => sum + ms, 0)
const whole = (percent: (cost: Cost) => number) =>
  blocks.reduce((sum, cost) => sum + cost.ms * percent(cost), 0) / total
console.log(
  `  all three together: nobody ${share(whole(cost => cost.nobodyPercent))}, ` +
    `everybody ${share(whole(cost => cost.everybodyPercent))}`,
)
console.log(JSON.stringify({ threads, rounds, costs }))

await import('./stored.ts')
