import { lcmDefaults, type ScheduleConfig } from '../diffusion/scheduler.ts'
import { modelError } from './modelError.ts'

/** `scheduler/scheduler_config.json`, as far as it is read. */
export interface SchedulerFile {
  readonly _class_name?: string
  readonly num_train_timesteps?: number
  readonly beta_start?: number
  readonly beta_end?: number
  readonly beta_schedule?: string
  readonly trained_betas?: readonly number[] | null
  readonly rescale_betas_zero_snr?: boolean
  readonly original_inference_steps?: number
  readonly timestep_scaling?: number
  readonly prediction_type?: string
  readonly clip_sample?: boolean
  readonly clip_sample_range?: number
  readonly thresholding?: boolean
}

/** Throws `model/broken` for what no schedule here does. */
export function scheduleOf(file: SchedulerFile): ScheduleConfig {
  const betaSchedule = oneOf(file.beta_schedule, 'beta_schedule', ['scaled_linear', 'linear', 'squaredcos_cap_v2'])
  const predictionType = oneOf(file.prediction_type, 'prediction_type', ['epsilon', 'v_prediction', 'sample'])
  if (file.thresholding) {
    throw modelError('scheduler', 'thresholding to be false, as it suits no latents', 'true')
  }
  const numTrainTimesteps = file.num_train_timesteps ?? lcmDefaults.numTrainTimesteps
  const originalInferenceSteps = file.original_inference_steps ?? lcmDefaults.originalInferenceSteps
  if (originalInferenceSteps > numTrainTimesteps) {
    throw modelError(
      'scheduler',
      `original_inference_steps of at most ${numTrainTimesteps}`,
      `${originalInferenceSteps}`,
    )
  }
  return {
    numTrainTimesteps,
    betaStart: file.beta_start ?? lcmDefaults.betaStart,
    betaEnd: file.beta_end ?? lcmDefaults.betaEnd,
    betaSchedule: betaSchedule ?? lcmDefaults.betaSchedule,
    ...(file.trained_betas ? { trainedBetas: file.trained_betas } : {}),
    rescaleBetasZeroSnr: file.rescale_betas_zero_snr ?? false,
    originalInferenceSteps,
    timestepScaling: file.timestep_scaling ?? lcmDefaults.timestepScaling,
    predictionType: predictionType ?? lcmDefaults.predictionType,
    ...(file.clip_sample ? { clipSampleRange: file.clip_sample_range ?? 1 } : {}),
  }
}

function oneOf<Value extends string>(found: string | undefined, field: string, known: readonly Value[]) {
  const value = known.find(candidate => candidate === found)
  if (found !== undefined && value === undefined) {
    throw modelError('scheduler', `${field} to be one of ${known.join(', ')}`, found)
  }
  return value
}
