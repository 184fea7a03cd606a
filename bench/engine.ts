/**
 * What the engine adds to its networks, and what it gives to one, four and sixteen people at once.
 *
 *     npm run bench:engine -- --model models/fourstroke-256 --device cpu --pictures 30 --python path/to/python
 *
 * Raw cost and the engine take turns at painting the same request, now the one first and now the other, so that whatever
 * else the machine does falls on both. Each pair gives a ratio; the overhead is their median, between their quartiles.
 */
import { execFileSync } from 'node:child_process'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type DevicePreference, type Engine, openEngine, type PaintRequest } from '../engine/index.ts'
import { readModelFolder } from '../engine/pipeline/modelFolder.ts'
import { createPaintContext } from '../engine/pipeline/paintContext.ts'
import { openPipeline, type Pipeline } from '../engine/pipeline/pipeline.ts'
import { timestepsOf } from '../engine/types/request.ts'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: fileURLToPath(new URL('../models/fourstroke-256', import.meta.url)) },
    device: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: '0' },
    pictures: { type: 'string', default: '30' },
    seconds: { type: 'string', default: '8' },
    python: { type: 'string' },
  },
})
const pictures = Number(options.pictures)
const threads = Number(options.threads) || undefined

const engine = await openEngine({ modelFolder: options.model, device: options.device as DevicePreference, threads })
const { model, device, deviceReason, batches, warmUpMs } = engine.info
const { width, height } = model.sizes.default
const { steps, guidance } = model.defaults
const words = model.vocabulary?.examples[0] ?? 'a red house by a lake'
let asked = 0

/** A prompt that was never asked for, so that no embedding is remembered. */
function ask(owner = 'one'): PaintRequest {
  const seed = asked++
  return { owner, priority: 'interactive', prompt: `${words} ${seed}`, seed, steps, guidance, width, height }
}

const folder = await readModelFolder(options.model)
const pipeline = await openPipeline(folder, { device, threads, upcast: device === 'cpu' })
const pairs: { rawMs: number; engineMs: number }[] = []
for (let i = -3; i < pictures; i++) {
  const request = ask()
  const isRawFirst = i % 2 === 0
  const before = isRawFirst ? await paintRaw(pipeline, request) : undefined
  const engineMs = await paintWith(engine, request)
  const rawMs = before ?? (await paintRaw(pipeline, request))
  if (i >= 0) pairs.push({ rawMs, engineMs }) // those before warm up
}
await pipeline.release()

const firstPreviewMs: number[] = []
for (let i = 0; i < Math.min(pictures, 10); i++) firstPreviewMs.push(await firstPreviewOf(engine))

const users: { users: number; picturesPerSecond: number; medianMs: number; p95Ms: number }[] = []
for (const count of [1, 4, 16]) users.push(await crowd(engine, count, Number(options.seconds)))
await engine.close()

const rawMs = pairs.map(pair => pair.rawMs)
const engineMs = pairs.map(pair => pair.engineMs)
const overheads = pairs.map(pair => (pair.engineMs / pair.rawMs - 1) * 100)
const pythonMs = options.python ? paintInPython(options.python) : undefined
const figures = {
  hardware: { cpu: cpus()[0]?.model, cores: cpus().length, memoryGb: Math.round(totalmem() / 2 ** 30) },
  node: process.version,
  model: { name: model.name, hash: model.hash, generation: model.generation },
  picture: { width, height, steps, latents: [folder.latentChannels, ...latentSide()] },
  device,
  deviceReason,
  providers: engine.info.providers,
  batches,
  warmUpMs: round(warmUpMs),
  rawMs: round(median(rawMs)),
  engineMs: round(median(engineMs)),
  overheadMs: round(median(pairs.map(pair => pair.engineMs - pair.rawMs))),
  overheadPercent: round(median(overheads)),
  overheadQuartiles: [round(quantile(overheads, 0.25)), round(quantile(overheads, 0.75))],
  firstPreviewMs: round(median(firstPreviewMs)),
  users,
  ...(pythonMs && { pythonMs: round(median(pythonMs)), pythonToEngine: round(median(pythonMs) / median(engineMs)) }),
}

console.log(`${model.name} on ${device} (${deviceReason})
  ${width}×${height}, ${steps} steps, batches ${batches.join(', ')}; ${figures.hardware.cores} × ${figures.hardware.cpu}
  networks alone      ${figures.rawMs} ms (median of ${pictures}: words, ${steps} UNet calls, decoder)
  through the engine  ${figures.engineMs} ms: of each pair ${figures.overheadMs} ms or ${figures.overheadPercent} % more (half of the pairs ${figures.overheadQuartiles.join(' to ')} %)
  first preview       ${figures.firstPreviewMs} ms
${users.map(row => `  ${String(row.users).padStart(2)} at once          ${row.picturesPerSecond} pictures/s, median ${row.medianMs} ms, p95 ${row.p95Ms} ms`).join('\n')}
  Python's optimum    ${figures.pythonMs === undefined ? 'not measured: give --python' : `${figures.pythonMs} ms, ${figures.pythonToEngine} × ours`}`)
console.log(JSON.stringify(figures))

/** Only the runs of the networks are timed, not what happens between them. */
async function paintRaw(networks: Pipeline, request: PaintRequest): Promise<number> {
  const { scheduler, noise, guidance: embed } = createPaintContext(folder)
  const [latentHeight, latentWidth] = latentSide()
  const size = { width: latentWidth, height: latentHeight }
  let ms = 0
  const timed = async <Result>(act: () => Promise<Result>): Promise<Result> => {
    const began = performance.now()
    const result = await act()
    ms += performance.now() - began
    return result
  }
  const attended = await timed(() => networks.encodePrompt(request.prompt))
  const draws = noise(request.seed, folder.latentChannels * size.width * size.height)
  const visited = timestepsOf(request, scheduler.config)
  let sample = draws.at(0)
  for (const [i, timestep] of visited.entries()) {
    const row = { sample, timestep, promptEmbeds: attended, guidance: embed(request.guidance) }
    const [output] = await timed(() => networks.predict([row], size, 1))
    const denoised = scheduler.denoise(output!, sample, timestep)
    const next = visited[i + 1]
    sample =
      next === undefined
        ? denoised.map(z => z / folder.scalingFactor)
        : scheduler.addNoise(denoised, draws.at(i + 1), next)
  }
  await timed(() => networks.decode([sample], size, 1))
  return ms
}

async function paintWith(on: Engine, request: PaintRequest): Promise<number> {
  const began = performance.now()
  const end = await on.paint(request).ended
  if (end.type !== 'finished') throw new Error(`Expected a picture, got ${JSON.stringify(end)}`)
  return performance.now() - began
}

async function firstPreviewOf(on: Engine): Promise<number> {
  const began = performance.now()
  let ms: number | undefined
  const painting = on.paint({ ...ask(), previews: 'latent' }, told => {
    if (told.type === 'stepped' && told.preview) ms ??= performance.now() - began
  })
  await painting.ended
  return ms ?? Number.NaN
}

/** Everybody asks again as soon as their picture is there. */
async function crowd(on: Engine, count: number, seconds: number): Promise<(typeof users)[number]> {
  const began = performance.now()
  const isOver = () => performance.now() - began > seconds * 1000
  const took: number[] = []
  const person = async (name: string) => {
    while (!isOver()) took.push(await paintWith(on, ask(name)))
  }
  await Promise.all(Array.from({ length: count }, (_, i) => person(`person ${i}`)))
  const elapsed = (performance.now() - began) / 1000
  return {
    users: count,
    picturesPerSecond: round(took.length / elapsed),
    medianMs: round(median(took)),
    p95Ms: round(quantile(took, 0.95)),
  }
}

function paintInPython(python: string): number[] {
  const script = fileURLToPath(new URL('./engine.py', import.meta.url))
  const settings = [options.model, words, steps, guidance, pictures, threads ?? 0].map(String)
  return JSON.parse(execFileSync(python, [script, ...settings], { stdio: ['ignore', 'pipe', 'ignore'] }).toString())
}

function latentSide(): [number, number] {
  return [height / folder.spatialFactor, width / folder.spatialFactor]
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
