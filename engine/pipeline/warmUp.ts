/** First runs: shapes are planned, shaders compiled, and the batch sizes found that this device likes. */
import type { Device } from '../types/engine.ts'
import type { ReportLoading } from './loading.ts'
import type { ModelFolder } from './modelFolder.ts'
import { openPipeline, type Pipeline } from './pipeline.ts'

export interface Warmth {
  /** Batch sizes worth using, smallest first. */
  readonly batches: readonly number[]
  /** For one picture. */
  readonly stepMs: number
  /** By the autoencoder that makes previews. */
  readonly decodeMs: number
}

const batchSizes = [1, 2, 4, 8] as const
/** A larger batch must save this share of the time for a picture, or it only makes everybody wait for each other. */
const worthwhileSaving = 0.03
/** A batch that saved nothing ends the search where its call took longer; a quick one may only have met a busy moment. */
const quickCallMs = 200
/** Where one step takes longer, larger batches are not even tried: people would wait for the measurement. */
const slowStepMs = 1500
/** After so long a CPU has been measured enough: it has nothing to compile that people would wait for later. */
const longMs = 10_000

interface WarmUpOptions {
  readonly device: Device
  readonly threads: number | undefined
  /** Batch sizes to use without measuring. */
  readonly batches: readonly number[] | undefined
  /** Whether anything is run at all. */
  readonly warmUp: boolean
  /** Puts what watches its calls around a pipeline. */
  readonly watch: (pipeline: Pipeline) => Pipeline
  readonly onLoading?: ReportLoading | undefined
}

/** One picture after another; the times follow from what is painted. */
const unmeasured: Warmth = { batches: [1], stepMs: 0, decodeMs: 0 }

/**
 * A pipeline that has run once. Half precision is kept where the device computes in it; that it does not, the CPU is
 * known for, and others (a graphics card without 16-bit shaders) say by failing.
 */
export async function openWarm(
  folder: ModelFolder,
  { device, threads, batches, warmUp, watch, onLoading }: WarmUpOptions,
): Promise<{ pipeline: Pipeline; warmth: Warmth }> {
  const open = async (upcast: boolean) => {
    const pipeline = watch(await openPipeline(folder, { device, threads, upcast, onLoading }))
    onLoading?.({ type: 'warmUp' })
    return { pipeline, warmth: await measure(pipeline, batches) }
  }
  const hasHalves = folder.parts.some(part => part.isHalf)
  if (device === 'cpu' && !warmUp && !folder.fixedShape) {
    const pipeline = watch(await openPipeline(folder, { device, threads, upcast: true, onLoading }))
    return { pipeline, warmth: unmeasured }
  }
  if (device === 'cpu' || !hasHalves) return open(true)
  return open(false).catch(() => open(true))
}

/**
 * `fixed`: batch sizes to use without measuring. Ends with the first step where that is slow on a CPU, or after some
 * seconds: what the rest would show, people's first pictures show without anybody waiting for it.
 */
export async function measure(pipeline: Pipeline, fixed?: readonly number[]): Promise<Warmth> {
  const { trainedSize, spatialFactor, latentChannels, isInpainting, guidanceDim, fixedShape, tinyAutoencoder } =
    pipeline.folder
  const side = trainedSize / spatialFactor
  const size = { width: side, height: side }
  const sample = new Float32Array(latentChannels * side * side)
  const inpainting = isInpainting ? new Float32Array((1 + latentChannels) * side * side) : undefined
  const promptEmbeds = await pipeline.encodePrompt('')
  const guidance = guidanceDim === undefined ? undefined : new Float32Array(guidanceDim)
  const rows = (batch: number) =>
    Array.from({ length: batch }, () => ({ sample, inpainting, timestep: 999, promptEmbeds, guidance }))
  const step = (batch: number) => pipeline.predict(rows(batch), size, batch)

  const began = performance.now()
  const isLong = () => pipeline.device === 'cpu' && performance.now() - began > longMs
  const sizes = fixedShape ? [fixedShape.batch] : (fixed ?? batchSizes)
  const batches: number[] = []
  let best: Cost = { ms: Number.POSITIVE_INFINITY, processorMs: Number.POSITIVE_INFINITY }
  for (const batch of sizes) {
    const call = await ownCost(() => step(batch))
    const cost = { ms: call.ms / batch, processorMs: call.processorMs / batch }
    if (fixed || saves(cost, best, pipeline.device)) {
      batches.push(batch)
      best = { ms: Math.min(best.ms, cost.ms), processorMs: Math.min(best.processorMs, cost.processorMs) }
    } else if (call.ms > quickCallMs) break
    if (!fixed && (cost.ms > slowStepMs || isLong())) break
  }
  const stepMs = best.ms
  // A decoded picture costs about as much as a step where both are large.
  if (isLong() || (pipeline.device === 'cpu' && stepMs > slowStepMs)) return { batches, stepMs, decodeMs: stepMs }
  if (pipeline.styles) {
    const { maxRank, valuesPerRank } = pipeline.styles
    const style = { rank: maxRank, values: new Float32Array(maxRank * valuesPerRank) }
    const styled = (batch: number) => rows(batch).map(row => ({ ...row, style }))
    for (const batch of batches) await pipeline.predict(styled(batch), size, batch)
  }
  const ownDecodeMs = await ownTime(() => pipeline.decode([sample], size, 1))
  const decodeMs = tinyAutoencoder ? await ownTime(() => pipeline.decode([sample], size, 1, 'tiny')) : ownDecodeMs
  if (pipeline.folder.vaeEncoder) {
    const black = { width: trainedSize, height: trainedSize, data: new Uint8Array(3 * trainedSize ** 2) }
    await pipeline.encodePicture(black, sample)
  }
  return { batches, stepMs, decodeMs }
}

/** A quick device is asked more often, so that a busy moment of the machine is not taken for its own time. */
const measuringMs = 100

/** Milliseconds by the clock, and those of the processor in all threads of this process. */
interface Cost {
  readonly ms: number
  readonly processorMs: number
}

/**
 * Whether a batch costs a picture less than the best before it: by the clock, as cores share a larger one better, or on a
 * CPU by the processor, as by the clock a busy machine hides it.
 */
function saves(cost: Cost, best: Cost, device: Device): boolean {
  const isLess = (one: number, other: number) => one <= other * (1 - worthwhileSaving)
  return isLess(cost.ms, best.ms) || (device === 'cpu' && isLess(cost.processorMs, best.processorMs))
}

/** `ownCost` by the clock alone. */
export async function ownTime(act: () => Promise<unknown>): Promise<number> {
  return (await ownCost(act)).ms
}

/** The first run pays for planning and compiling; the least of two more, or of as many as are soon done, is the device's own. */
export async function ownCost(act: () => Promise<unknown>): Promise<Cost> {
  const first = await costOf(act)
  // A slow device shows itself at once, and nobody wants to wait for its second and third run.
  if (first.ms > slowStepMs) return first
  let least = { ms: Number.POSITIVE_INFINITY, processorMs: Number.POSITIVE_INFINITY }
  let spentMs = 0
  for (let run = 0; run < 2 || (spentMs < measuringMs && run < 12); run++) {
    const { ms, processorMs } = await costOf(act)
    spentMs += ms
    least = { ms: Math.min(least.ms, ms), processorMs: Math.min(least.processorMs, processorMs) }
  }
  return least
}

async function costOf(act: () => Promise<unknown>): Promise<Cost> {
  const [began, before] = [performance.now(), process.cpuUsage()]
  await act()
  const { user, system } = process.cpuUsage(before)
  return { ms: performance.now() - began, processorMs: (user + system) / 1000 }
}
