/**
 * The engine process: one device, one model, one loop. Its parent (`localEngine.ts`) starts it, sends it requests, and starts
 * another if it dies.
 */

import { sessionOptions } from '../../onnx/optim/sessionOptions.ts'
import { UserError } from '../../protocol/errors.ts'
import type { BackgroundWork } from '../batching/backgroundBudget.ts'
import { type Batching, openBatching } from '../batching/batching.ts'
import { rowsThatFit } from '../estimate/calls.ts'
import { createLearningQueue, type LearningQueue } from '../lcf/learningQueue.ts'
import { studentsInThreads } from '../lcf/studentThread.ts'
import { type AdapterRegistry, createAdapterRegistry } from '../lora/adapterRegistry.ts'
import { type DeviceSearch, openOnDevice } from '../pipeline/devices.ts'
import { sharedCacheFolder } from '../pipeline/modelCache.ts'
import { hashOf, readModelFolder } from '../pipeline/modelFolder.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { openWarm } from '../pipeline/warmUp.ts'
import type { EngineInfo, PaintProgress } from '../types/engine.ts'
import type { LoadingProgress } from '../types/loading.ts'
import type { LearnProgress } from '../types/styles.ts'
import { type Heartbeat, startHeartbeat, withHeartbeat } from './heartbeat.ts'
import type { FromProcess, ToProcess } from './messages.ts'
import { createMeter, type Meter, openMeasurementFile } from './meter.ts'

let close: (() => Promise<void>) | undefined
let batching: Batching | undefined
let adapters: AdapterRegistry | undefined
let learnings: LearningQueue | undefined
let heartbeat: Heartbeat | undefined
let meter: Meter | undefined
/** The learning that is going on has made its first step, or is about to. */
let isLearningOpen = false

/** How often the state of a learning is sent as a checkpoint. */
const checkpointSeconds = 20

function emit(message: FromProcess): void {
  // Without a channel the parent is gone, and this process is about to follow it.
  if (process.connected) process.send!(message)
}

/** From here on a step takes long enough that people want to hear at once what it says of the rest. */
const slowStepMs = 1000

function onProgress(id: number, progress: PaintProgress): void {
  if (progress.type === 'stepped' && progress.ms > slowStepMs) {
    emit({ type: 'measured', measurements: meter!.measurements() })
  }
  emit({ type: 'progressed', id, progress })
}

process.on('message', (message: ToProcess) => {
  switch (message.type) {
    case 'open':
      open(message).catch(reportFailure)
      break
    case 'paint': {
      const { id, request, listens } = message
      batching!.paint(id, request, {
        onStarted: () => emit({ type: 'started', id }),
        onProgress: listens ? progress => onProgress(id, progress) : undefined,
        onEnded(result) {
          emit({ type: 'measured', measurements: meter!.measurements() })
          emit({ type: 'ended', id, result, stepMs: batching!.stepMs() })
        },
      })
      break
    }
    case 'registerStyle':
      adapters!.register(message.id, message.adapter)
      break
    case 'unregisterStyle':
      adapters!.unregister(message.id)
      break
    case 'learn': {
      const { id, request, recipe } = message
      learnings!.learn(id, request, recipe, {
        onProgress(progress) {
          isLearningOpen ||= progressOfOpen.includes(progress.type)
          emit({ type: 'learning', id, progress })
        },
        onEnded(result) {
          isLearningOpen = false
          emit({ type: 'measured', measurements: meter!.measurements() })
          emit({ type: 'learned', id, result })
        },
      })
      batching!.wake()
      break
    }
    case 'cancelLearning':
      learnings!.cancel(message.id)
      break
    case 'cancel':
      batching!.cancel(message.id)
      break
    case 'close':
      void (close?.() ?? Promise.resolve()).then(() => process.disconnect())
      break
    default:
      throw new Error(`Unknown message: ${JSON.stringify(message satisfies never)}`)
  }
})
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches the whole group of processes; the parent decides when this one ends.
process.on('SIGINT', () => undefined)

/** What a learning reports once its graphs are opened. */
const progressOfOpen: readonly LearnProgress['type'][] = ['painted', 'checkpoint', 'stepped']

async function open(settings: ToProcess & { type: 'open' }): Promise<void> {
  heartbeat = startHeartbeat(settings.silence, maxSilenceMs => emit({ type: 'heartbeat', maxSilenceMs }))
  const folder = await readModelFolder(settings.modelFolder, settings)
  const { trainedSize, spatialFactor, fixedShape } = folder
  heartbeat.onOpening({
    bytes: folder.parts.reduce((sum, { info }) => sum + info.bytes, 0),
    latents: { width: trainedSize / spatialFactor, height: trainedSize / spatialFactor },
    learningRows: fixedShape?.batch ?? 1,
  })
  const onLoading = (progress: LoadingProgress) => emit({ type: 'loading', progress })
  const measured = createMeter()
  meter = measured
  const watch = (pipeline: Pipeline) => {
    measured.onLoaded()
    return measured.measuring(withHeartbeat(pipeline, heartbeat!))
  }
  const search: DeviceSearch = {
    preferred: settings.device,
    avoid: settings.avoid,
    trying: device => emit({ type: 'trying', device }),
  }
  const began = performance.now()
  const { opened, ...chosen } = await openOnDevice(search, device =>
    openWarm(folder, { ...settings, device, watch, onLoading }),
  )
  const { warmth, pipeline } = opened
  const warmUpMs = performance.now() - began
  emit({ type: 'trying', device: undefined })

  const model = modelInfo(pipeline, await hashOf(folder))
  const file = openMeasurementFile(settings.cacheFolder ?? sharedCacheFolder)
  const key = `${model.hash} ${chosen.device} ${settings.threads ?? 0}`
  meter.recall(await file.read(key))
  await file.write(key, meter.measurements())
  adapters = createAdapterRegistry(pipeline.styles)
  learnings = createLearningQueue({
    pipeline,
    modelHash: model.hash,
    session: { ...sessionOptions(settings.threads ?? 0), provider: chosen.device },
    stepMs: () => batching!.stepMs(),
    checkpointSeconds,
    // Two WebGPU sessions that run at once, in whatever threads, bring the process down.
    openStudent: chosen.device === 'webgpu' ? undefined : studentsInThreads(settings.modelFolder, settings),
  })
  batching = openBatching(pipeline, {
    ...warmth,
    model,
    adapters,
    rowsThatFit: pixels =>
      rowsThatFit(meter!.measurements(), pixels, chosen.device === 'cpu' ? settings.memoryBytes : null),
    background: withSilence(learnings, heartbeat),
    onMixedBatch: (styles, people) => emit({ type: 'mixedBatch', styles, people }),
  })
  heartbeat.onOpened()
  close = async () => {
    await batching!.close()
    await learnings!.close()
    await file.write(key, meter!.measurements())
    await pipeline.release()
  }
  const info: EngineInfo = {
    model,
    ...chosen,
    batches: warmth.batches,
    warmUpMs,
    ignored: [...folder.ignored, ...pipeline.ignored],
  }
  const styleLayout = pipeline.styles ? { ...pipeline.styles, modelHash: model.hash } : null
  emit({ type: 'ready', info, stepMs: warmth.stepMs, measurements: meter.measurements(), styleLayout })
}

/** Learning that says of each piece how long it may take. */
function withSilence({ hasWork, runPiece }: LearningQueue, { duringLearning }: Heartbeat): BackgroundWork {
  return { hasWork, runPiece: () => duringLearning({ isFirst: !isLearningOpen }, runPiece) }
}

function modelInfo({ folder, untrainable }: Pipeline, hash: string): EngineInfo['model'] {
  const { trainedSize, sizeMultiple, fixedShape } = folder
  return {
    name: folder.name,
    folder: folder.path,
    ...(folder.lcmLora.length > 0 && { lcmLora: folder.lcmLora }),
    hash,
    prediction: folder.schedule.predictionType,
    generation: folder.unet.generation!,
    guidanceEmbedding: folder.guidanceDim !== undefined,
    isInpainting: folder.isInpainting,
    sizes: {
      default: { width: trainedSize, height: trainedSize },
      min: fixedShape ? trainedSize : Math.max(sizeMultiple, Math.floor(trainedSize / 2 / sizeMultiple) * sizeMultiple),
      max: fixedShape ? trainedSize : trainedSize * 2,
      multiple: sizeMultiple,
    },
    defaults: folder.defaults,
    hasSafetyChecker: folder.hasSafetyChecker,
    canPaintOver: folder.vaeEncoder !== undefined,
    hasTinyAutoencoder: folder.tinyAutoencoder !== undefined,
    schedule: folder.schedule,
    parts: folder.parts.map(part => part.info),
    ...(untrainable.length > 0 && { untrainable }),
    ...(folder.vocabulary && { vocabulary: folder.vocabulary }),
  }
}

function reportFailure(error: unknown): void {
  // Anything else is a bug: the parent sees the process die and logs what it wrote.
  if (!(error instanceof UserError)) throw error
  emit({ type: 'failed', error: error.payload })
}
