import { describeDuration } from '../../protocol/durations.ts'
import { UserError } from '../../protocol/errors.ts'
import { learningCallsOf } from '../lcf/learningCalls.ts'
import type { ModelInfo } from '../types/engine.ts'
import type { LearningEstimate, LearningFigures } from '../types/estimates.ts'
import type { Measurements } from '../types/measurements.ts'
import type { LearningCost, StyleRecipe } from '../types/styles.ts'
import { callBytesAt, decodeMsAt, rowMsAt } from './calls.ts'
import { describeBytes, describeNeed } from './words.ts'

/** A gradient of one sample takes about as long as so many calls: 27.7 s beside 7 s (SD 1.5 at 512 × 512 on a CPU). */
const callsOfGradient = 4
/** Memory for a gradient of one sample, in that of a call: it keeps what the backward pass needs (6.6 beside 1.1 GB). */
const bytesOfGradient = 7
/** The training graph's weights, and those that are turned around for the backward pass, in bytes of the UNet's file. */
const weightsOfTraining = 2
/** What opening the graph needs for a while, likewise: 11.1 GB for one of 3.4 GB. */
const weightsOfOpening = 3.2
/** One step of a texture, on a core of a CPU whatever the device and the size: 400 take ten seconds. */
const textureStepMs = 25
/** Opening a training graph: 8 s for the embedded model of 22 MB, 90 s for one of 3.4 GB. */
const openingMs = { least: 8_000, perGigabyte: 24_000 }

export function estimateLearning(
  { recipe, pictures }: LearningCost,
  model: ModelInfo,
  measured: Measurements,
): Omit<LearningEstimate, 'figures' | 'error'> {
  const side = recipe.size ?? model.sizes.default.width
  const pixels = side * side
  const rowMs = rowMsAt(measured, pixels)
  const decodeMs = decodeMsAt(measured, pixels)
  const calls = learningCallsOf(recipe, { pictures, side, paintSteps: model.defaults.steps })
  const gradientMs = rowMs === null ? null : callsOfGradient * rowMs
  const unetBytes = model.parts.find(({ part }) => part === 'unet')!.bytes
  const isTint = recipe.method === 'tint'
  const textureMs = calls.textureSteps * textureStepMs
  const opening = isTint ? 0 : openingMs.least + (openingMs.perGigabyte * unetBytes) / 1e9
  const call = callBytesAt(measured, pixels, 1)
  const training = call === null ? null : weightsOfTraining * unetBytes + bytesOfGradient * call
  return {
    ms:
      rowMs === null || decodeMs === null || gradientMs === null
        ? null
        : calls.steps * rowMs + calls.gradients * gradientMs + calls.decodes * decodeMs + textureMs + opening,
    bytes:
      training === null || call === null || measured.loadedBytes === null
        ? null
        : measured.loadedBytes + call + (isTint ? 0 : Math.max(training, weightsOfOpening * unetBytes)),
    pieceMs: isTint ? rowMs : gradientMs,
  }
}

/** A picture of somebody waits for one piece at most, so this is promised: no piece is longer. */
export const longestPieceMs = 45_000
/** Nobody waits for longer. */
const longestMs = 7 * 24 * 3600_000
/** What takes less is not worth looking for another way. */
const worthOffersMs = 10 * 60_000
/** Another way is worth its words if it takes no more than this share of the time. */
const worthwhileShare = 0.75

/**
 * How a learning would go; null where there is nothing to be said before it begins.
 * `memoryBytes`: what there is; null on a device with memory of its own, such as a GPU.
 */
export function learningFigures(
  cost: LearningCost,
  model: ModelInfo,
  measured: Measurements,
  memoryBytes: number | null,
): LearningFigures | null {
  const { ms, bytes } = estimateLearning(cost, model, measured)
  if (ms === null || ms < 5_000) return null
  const isLong = ms >= worthOffersMs
  const ways = isLong ? cheaperWays(cost, model, measured, memoryBytes) : []
  return { ms, bytes, wantsGpu: isLong && memoryBytes !== null, ways }
}

/** The figures in English, in one to three sentences, for the command line. */
export function describeLearning({ ms, bytes, wantsGpu, ways }: LearningFigures): string {
  const memory = bytes === null ? '' : `, ${describeBytes(bytes)} of memory`
  const gpu = wantsGpu ? ' On a GPU it is a matter of minutes.' : ''
  const offers = ways.length > 0 ? ` Here, on the command line, ${describeWays(ways)}.` : ''
  return `About ${describeDuration(ms)} on this device${memory}.${gpu}${offers}`
}

/** Why a learning cannot succeed here, with the figures and what can; null where it can. */
export function refuseLearning(
  cost: LearningCost,
  model: ModelInfo,
  measured: Measurements,
  memoryBytes: number | null,
): UserError | null {
  const { ms, bytes, pieceMs } = estimateLearning(cost, model, measured)
  const isFull = memoryBytes !== null && bytes !== null && bytes > memoryBytes
  const isLong = ms !== null && ms > longestMs
  const blocks = pieceMs !== null && pieceMs > longestPieceMs
  if (!isFull && !isLong && !blocks) return null
  const ways = cheaperWays(cost, model, measured, memoryBytes)
  const hint = ways.length
    ? `On the command line, ${describeWays(ways)}. A GPU does it in minutes.`
    : 'It takes a GPU, or a smaller model.'
  if (isFull) {
    return new UserError('learn/memory', undefined, { values: describeNeed(bytes, memoryBytes), hint })
  }
  if (isLong) return new UserError('learn/long', undefined, { values: { hours: Math.round(ms / 3600_000) }, hint })
  return new UserError('learn/blocking', undefined, { values: { seconds: Math.round(pieceMs! / 5000) * 5 }, hint })
}

/** Other ways that work here and cost less, with what they cost; empty where there is none. */
function cheaperWays(
  { recipe, pictures }: LearningCost,
  model: ModelInfo,
  measured: Measurements,
  memoryBytes: number | null,
): LearningFigures['ways'] {
  const { min, multiple, default: usual } = model.sizes
  const half = Math.ceil(usual.width / 2 / multiple) * multiple
  const now = estimateLearning({ recipe, pictures }, model, measured)
  const small = { size: half }
  const ways: readonly { readonly flags: string; readonly change: Partial<StyleRecipe> }[] = [
    { flags: '--prior 24', change: { priorPictures: 24 } },
    ...(half < min
      ? []
      : [
          { flags: `--size ${half}`, change: small },
          { flags: `--prior 24 --size ${half} --steps 100`, change: { ...small, priorPictures: 24, steps: 100 } },
        ]),
    { flags: '--method tint', change: { method: 'tint', priorPictures: 8 } },
  ]
  return ways.flatMap(({ flags, change }) => {
    const changed = change.method === 'tint' ? { ...recipe, ...change, steps: 0 } : { ...recipe, ...change }
    const { ms, bytes, pieceMs } = estimateLearning({ recipe: changed, pictures }, model, measured)
    if (ms === null || ms > worthwhileShare * (now.ms ?? 0) || ms > longestMs || (pieceMs ?? 0) > longestPieceMs)
      return []
    if (memoryBytes !== null && bytes !== null && bytes > memoryBytes) return []
    return [{ flags, colorsOnly: changed.method === 'tint', ms }]
  })
}

const describeWays = (ways: LearningFigures['ways']): string =>
  ways
    .map(way => `${way.flags}${way.colorsOnly ? ' (the colours alone)' : ''} takes about ${describeDuration(way.ms)}`)
    .join('; ')
