/**
 * What the engine adds to its networks, and what it gives to one, four and sixteen people at once.
 *
 *     npm run bench:engine -- --model models/fourstroke-256 --device cpu --pictures 30 --python path/to/python
 *
 * Raw cost and the engine take turns at painting the same request, now the one first and now the other, so that whatever
 * else the machine does falls on both. Each pair gives a ratio; the overhead is their median, between their quartiles. So
 * do sixteen people and the networks alone on batches of eight; there and for the first pictures of a process, time of
 * the processor stands beside that of the clock, as it says the same on a busy machine.
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
import { processesBelow } from './processMemory.ts'
import { processorMs } from './processTime.ts'

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', default: fileURLToPath(new URL('../models/fourstroke-256', import.meta.url)) },
    device: { type: 'string', default: 'auto' },
    threads: { type: 'string', default: '0' },
    pictures: { type: 'string', default: '30' },
    seconds: { type: 'string', default: '8' },
    /** Turns of sixteen people and the networks alone. */
    rounds: { type: 'string', default: '4' },
    python: { type: 'string' },
  },
})
const pictures = Number(options.pictures)
const threads = Number(options.threads) || undefined

const engine = await openEngine({ modelFolder: options.model, device: options.device as DevicePreference, threads })
/** This one and the engine's. */
const processes = processesBelow(process.pid)
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

const first: { ms: number; processorMs: number }[] = []
for (let i = 0; i < 24; i++) first.push(await timed(() => paintWith(engine, ask())))

const folder = await readModelFolder(options.model)
const pipeline = await openPipeline(folder, { device, threads, upcast: device === 'cpu' })
const pairs: { rawMs: number; engineMs: number; rawProcessorMs: number; engineProcessorMs: number }[] = []
for (let i = -3; i < pictures; i++) {
  const request = ask()
  const isRawFirst = i % 2 === 0
  let rawMs = Number.NaN
  const paintRawTimed = () =>
    timed(async () => {
      rawMs = await paintRaw(pipeline, request)
    })
  const before = isRawFirst ? await paintRawTimed() : undefined
  const through = await timed(() => paintWith(engine, request))
  const raw = before ?? (await paintRawTimed())
  const processor = { rawProcessorMs: raw.processorMs, engineProcessorMs: through.processorMs }
  if (i >= 0) pairs.push({ rawMs, engineMs: through.ms, ...processor }) // those before warm up
}

/** Pictures in one call of the networks, as many as a person among sixteen shares it with. */
const rawBatch = 8
const shared: { rawMs: number; rawProcessorMs: number; engineMs: number; engineProcessorMs: number }[] = []
for (let round = -1; round < Number(options.rounds); round++) {
  const raw = await timed(() => paintRawTogether(pipeline, rawBatch))
  let painted = 0
  const together = await timed(async () => {
    const { pictures } = await crowd(engine, 16, Number(options.seconds) / 2)
    painted = pictures
  })
  if (round < 0) continue // it warms up
  shared.push({
    ...{ rawMs: raw.ms / rawBatch, rawProcessorMs: raw.processorMs / rawBatch },
    ...{ engineMs: together.ms / painted, engineProcessorMs: together.processorMs / painted },
  })
}
await pipeline.release()

const firstPreviewMs: number[] = []
for (let i = 0; i < Math.min(pictures, 10); i++) firstPreviewMs.push(await firstPreviewOf(engine))

const users: { users: number; pictures: number; picturesPerSecond: number; medianMs: number; p95Ms: number }[] = []
for (const count of [1, 4, 16]) users.push(await crowd(engine, count, Number(options.seconds)))
await engine.close()

const rawMs = pairs.map(pair => pair.rawMs)
const engineMs = pairs.map(pair => pair.engineMs)
const overheads = pairs.map(pair => (pair.engineMs / pair.rawMs - 1) * 100)
const usual = {
  ms: median(first.slice(4).map(({ ms }) => ms)),
  processorMs: median(first.slice(4).map(one => one.processorMs)),
}
const ratios = (of: (one: (typeof shared)[number]) => number) => round(median(shared.map(of)), 100)
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
  overheadProcessorPercent: round(median(pairs.map(one => (one.engineProcessorMs / one.rawProcessorMs - 1) * 100))),
  firstPreviewMs: round(median(firstPreviewMs)),
  /** The first pictures of the engine's process, as multiples of later ones. */
  firstPictures: first.slice(0, 4).map(one => ({
    ms: round(one.ms / usual.ms, 100),
    processorMs: round(one.processorMs / usual.processorMs, 100),
  })),
  /** Pictures/s of sixteen people, of those of the networks alone on batches of eight. */
  sharedThroughput: ratios(one => one.rawMs / one.engineMs),
  sharedThroughputOfProcessor: ratios(one => one.rawProcessorMs / one.engineProcessorMs),
  shared,
  users,
  ...(pythonMs && { pythonMs: round(median(pythonMs)), pythonToEngine: round(median(pythonMs) / median(engineMs)) }),
}

console.log(`${model.name} on ${device} (${deviceReason})
  ${width}×${height}, ${steps} steps, batches ${batches.join(', ')}; ${figures.hardware.cores} × ${figures.hardware.cpu}
  networks alone      ${figures.rawMs} ms (median of ${pictures}: words, ${steps} UNet calls, decoder)
  through the engine  ${figures.engineMs} ms: of each pair ${figures.overheadMs} ms or ${figures.overheadPercent} % more (half of the pairs ${figures.overheadQuartiles.join(' to ')} %)
                      of the processor's time ${figures.overheadProcessorPercent} % more
  first pictures      ${figures.firstPictures.map(one => `× ${one.processorMs}`).join(', ')} of the processor's time of later ones (${figures.firstPictures.map(one => `× ${one.ms}`).join(', ')} by the clock)
  16 of batches of ${rawBatch}  × ${figures.sharedThroughput} of the pictures/s of the networks alone, × ${figures.sharedThroughputOfProcessor} for each second of the processor
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
    pictures: took.length,
    picturesPerSecond: round(took.length / elapsed),
    medianMs: round(median(took)),
    p95Ms: round(quantile(took, 0.95)),
  }
}

/** Milliseconds, and those of the processor in this process and below it. */
async function timed(act: () => Promise<unknown>): Promise<{ ms: number; processorMs: number }> {
  const used = () => processes.reduce((sum, one) => sum + processorMs(one), 0)
  const [began, before] = [performance.now(), used()]
  await act()
  return { ms: performance.now() - began, processorMs: used() - before }
}

/** The calls of a picture's networks, all rows in one. */
async function paintRawTogether(networks: Pipeline, batch: number): Promise<void> {
  const { noise, guidance: embed } = createPaintContext(folder)
  const [latentHeight, latentWidth] = latentSide()
  const size = { width: latentWidth, height: latentHeight }
  const rows = await Promise.all(
    Array.from({ length: batch }, async () => {
      const request = ask()
      const sample = noise(request.seed, folder.latentChannels * size.width * size.height).at(0)
      return { sample, promptEmbeds: await networks.encodePrompt(request.prompt), guidance: embed(guidance) }
    }),
  )
  for (const timestep of timestepsOf(ask(), createPaintContext(folder).scheduler.config)) {
    await networks.predict(
      rows.map(row => ({ ...row, timestep })),
      size,
      batch,
    )
  }
  await networks.decode(
    rows.map(({ sample }) => sample),
    size,
    batch,
  )
}

function paintInPython(python: string): number[] {
  const script = fileURLToPath(new URL('./engine.py', import.meta.url))
  const settings = [options.model, words, steps, guidance, pictures, threads ?? 0, width, height, 'sleep'].map(String)
  const output = execFileSync(python, [script, ...settings], { stdio: ['ignore', 'pipe', 'ignore'] })
  return (JSON.parse(String(output)) as { ms: number[] }).ms
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

function round(value: number, parts = 10): number {
  return Math.round(value * parts) / parts
}
