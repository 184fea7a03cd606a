import { Noise } from '../../engine/diffusion/random.ts'
import type { ScheduleConfig } from '../../engine/diffusion/scheduler.ts'
import { readModelFolder } from '../../engine/pipeline/modelFolder.ts'
import { paint } from '../../engine/pipeline/paint.ts'
import { createPaintContext, type PaintContext } from '../../engine/pipeline/paintContext.ts'
import { openPipeline, type Pipeline } from '../../engine/pipeline/pipeline.ts'
import { pieces } from '../../engine/pipeline/rows.ts'
import type { StepRequest, StepResult } from '../../engine/pipeline/stepRequests.ts'
import { answerTexture } from '../../engine/pipeline/textures.ts'
import type { PaintRequest, Rgb } from '../../engine/types/engine.ts'
import type { Adapter, TargetKind } from '../../engine/types/styles.ts'
import { overSession, type Releasable } from '../../onnx/optim/releasable.ts'
import type { Weights } from '../networks/network.ts'
import { createDdimSampler, type DdimConfig } from '../solvers/ddim.ts'
import { schedule } from '../solvers/diffusion.ts'
import { createDpmSolverSampler, type DpmSolverConfig } from '../solvers/dpmSolver.ts'
import { sampleGuided } from '../solvers/guidance.ts'
import type { Sampler } from '../solvers/sampler.ts'
import { openDenoiser } from '../stages/denoiser.ts'
import type { Workspace } from '../workspace/workspace.ts'

export interface PaintOptions {
  readonly captions: readonly string[]
  /** One for each caption; the same seed begins from the same noise with every painter. */
  readonly seeds: readonly number[]
  readonly steps: number
  /** Imagen's convention, ω + 1: 1 follows the prompt and nothing more. */
  readonly guidance: number
  /** Pictures to paint over, one for each caption, and how much of them may change; the embedded model's painter alone does. */
  readonly over?: { readonly pictures: readonly Uint8Array[]; readonly strength: number }
  /** What all requests say besides; the embedded model's painter alone does. */
  readonly further?: Pick<PaintRequest, 'guidanceByStep' | 'endStep'>
  /** What each request says besides, one for each caption; the embedded model's painter alone does. */
  readonly each?: readonly Pick<PaintRequest, 'regions' | 'maskImage'>[]
}

/** Paints captions, one picture for each, RGB of the size that the model was trained at. */
export type Paint = (options: PaintOptions) => Promise<Uint8Array[]>

/** A finished model folder, its parts loaded. */
export async function openModel(
  folder: string,
  threads: number,
  styleTargets?: readonly TargetKind[],
): Promise<Pipeline> {
  return openPipeline(await readModelFolder(folder, { styleTargets }), { device: 'cpu', threads, upcast: true })
}

/** Paints as the engine does, with its own loop, all pictures of a call together and in the same style. */
export function createLcmPipeline(pipeline: Pipeline, style?: Adapter): Paint {
  const palette = { ...createPaintContext(pipeline.folder), style: () => style }
  return async ({ captions, seeds, steps, guidance, over, further, each }) => {
    const side = pipeline.folder.trainedSize
    const requests = captions.map((prompt, at): PaintRequest => {
      const seed = seeds[at]!
      const image = over && { width: side, height: side, data: over.pictures[at]! }
      return {
        ...{ owner: 'evaluation', priority: 'background', prompt, seed, steps, guidance, width: side, height: side },
        ...(image && { image, strength: over.strength }),
        ...{ ...further, ...each?.[at] },
      }
    })
    return paintTogether(requests, palette, pipeline)
  }
}

/** The student of a training that goes on, before it is exported; text encoder and decoder are those of the folder. */
export async function openStudentPipeline(
  pipeline: Pipeline,
  workspace: Workspace,
  weights: Weights,
): Promise<Paint & Releasable> {
  const { guidanceSize, skip } = workspace.recipe.lcd
  const denoiser = await openDenoiser(workspace, weights, guidanceSize)
  const { schedule } = pipeline.folder
  // The ladder that it was distilled on.
  const ladder = { ...schedule, originalInferenceSteps: Math.floor(schedule.numTrainTimesteps / skip) }
  const paint: Paint = options =>
    createLcmPipeline({
      ...pipeline,
      folder: { ...pipeline.folder, schedule: ladder },
      async predict(rows) {
        const output = await denoiser.predict(
          together(rows.map(row => row.sample)),
          rows.map(row => row.timestep),
          together(rows.map(row => row.promptEmbeds)),
          rows.map(() => options.guidance - 1),
        )
        return apart(output, rows.length)
      },
    })(options)
  return overSession(paint, denoiser)
}

/** Pictures request the same things in the same order, so each request is answered for all of them at once. */
async function paintTogether(
  requests: readonly PaintRequest[],
  palette: PaintContext,
  pipeline: Pipeline,
): Promise<Uint8Array[]> {
  const painters = requests.map(request => paint(request, palette))
  let turns = painters.map(painter => painter.next())
  for (;;) {
    const pictures = turns.flatMap(turn => (turn.done ? [turn.value.data] : []))
    if (pictures.length === requests.length) return pictures
    const answers = await answer(
      turns.flatMap(turn => (turn.done ? [] : [turn.value])),
      pipeline,
    )
    turns = painters.map((painter, at) => painter.next(answers[at]!))
  }
}

async function answer(requests: readonly StepRequest[], pipeline: Pipeline): Promise<readonly StepResult[]> {
  const first = requests[0]!
  const alike = <T extends StepRequest['type']>(type: T) =>
    requests.filter((request): request is Extract<StepRequest, { type: T }> => request.type === type)
  switch (first.type) {
    case 'promptEmbeds': {
      const promptEmbeds: Float32Array[] = []
      for (const { prompt } of alike('promptEmbeds')) promptEmbeds.push(await pipeline.encodePrompt(prompt))
      return promptEmbeds
    }
    case 'prediction': {
      const rows = alike('prediction').map(request => request.rows)
      const all = rows.flat()
      const outputs = await pipeline.predict(all, first.size, all.length)
      return pieces(
        outputs,
        rows.map(own => own.length),
      )
    }
    case 'texture': {
      const pictures: Rgb[] = []
      for (const request of alike('texture')) pictures.push(await answerTexture(pipeline, request))
      return pictures
    }
    case 'picture': {
      const latents = alike('picture').map(request => request.latents)
      return pipeline.decode(latents, first.size, latents.length)
    }
    case 'stepped':
      return requests.map(() => undefined)
    case 'latents': {
      const latents: Float32Array[] = []
      for (const request of alike('latents'))
        latents.push(await pipeline.encodePicture(request.picture, request.noise, request))
      return latents
    }
  }
}

/** The schedule that the teacher was trained on, sampled from its very end on as arXiv 2305.08891 advises. */
const noise: Omit<ScheduleConfig, 'originalInferenceSteps' | 'timestepScaling'> = schedule.config
const ddim: DdimConfig = { ...noise, timestepSpacing: 'trailing', stepsOffset: 0, setAlphaToOne: true }
const dpmSolver: DpmSolverConfig = {
  ...noise,
  timestepSpacing: 'trailing',
  stepsOffset: 0,
  finalSigma: 'zero',
  lowerOrderFinal: true,
}
export const teacherSolvers = {
  DDIM: (steps: number): Sampler => createDdimSampler(ddim, steps),
  'DPM-Solver++': (steps: number): Sampler => createDpmSolverSampler(dpmSolver, steps),
} as const
export type TeacherSolver = keyof typeof teacherSolvers

/** The teacher, asked twice for each step; text encoder and decoder are those of the folder, which the student shares. */
export async function openTeacher(
  pipeline: Pipeline,
  workspace: Workspace,
  weights: Weights,
): Promise<(solver: TeacherSolver) => Paint> {
  const denoiser = await openDenoiser(workspace, weights, 0)
  const { latentChannels, trainedSize, spatialFactor, scalingFactor } = pipeline.folder
  const side = trainedSize / spatialFactor
  const length = latentChannels * side * side
  return solver =>
    async ({ captions, seeds, steps, guidance }) => {
      const read: Float32Array[] = []
      for (const caption of captions) read.push(await pipeline.encodePrompt(caption))
      const nothing = await pipeline.encodePrompt('')
      const promptEmbeds = { conditional: together(read), unconditional: together(captions.map(() => nothing)) }
      const latents = await sampleGuided(
        (sample, t, prompt) =>
          denoiser.predict(
            sample,
            seeds.map(() => t),
            promptEmbeds[prompt],
          ),
        teacherSolvers[solver](steps),
        { noise: together(seeds.map(seed => new Noise(seed, length).at(0))), guidance },
      )
      const rows = apart(
        latents.map(z => z / scalingFactor),
        seeds.length,
      )
      return (await pipeline.decode(rows, { width: side, height: side }, rows.length)).map(({ data }) => data)
    }
}

/** What the autoencoder makes of pictures: the best that anything behind it can be. */
export function roundTripOf(pipeline: Pipeline): (pictures: readonly Uint8Array[]) => Promise<Uint8Array[]> {
  const { latentChannels, trainedSize: side, spatialFactor } = pipeline.folder
  const size = { width: side / spatialFactor, height: side / spatialFactor }
  return async pictures => {
    const latents: Float32Array[] = []
    for (const data of pictures) {
      // The middle of the posterior: no noise drawn.
      const middle = new Float32Array(latentChannels * size.width * size.height)
      latents.push(await pipeline.encodePicture({ width: side, height: side, data }, middle))
    }
    return (await pipeline.decode(latents, size, latents.length)).map(({ data }) => data)
  }
}

function together(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const row of rows) {
    all.set(row, at)
    at += row.length
  }
  return all
}

function apart(all: Float32Array, count: number): Float32Array[] {
  const length = all.length / count
  return Array.from({ length: count }, (_, row) => all.subarray(row * length, (row + 1) * length))
}
