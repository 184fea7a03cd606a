/** The messages between the program and its engine process. */

import type { ErrorPayload } from '../../protocol/errors.ts'
import type { DevicePreference } from '../pipeline/devices.ts'
import type { Device, EngineInfo, PaintProgress, PaintRequest, PaintResult } from '../types/engine.ts'
import type { LoadingProgress } from '../types/loading.ts'
import type { Measurements } from '../types/measurements.ts'
import type {
  Adapter,
  LearnProgress,
  LearnRequest,
  LearnResult,
  StyleLayout,
  StyleRecipe,
  TargetKind,
} from '../types/styles.ts'
import type { SilenceLimits } from './heartbeat.ts'

export type ToProcess =
  | {
      readonly type: 'open'
      readonly modelFolder: string
      readonly lcmLora: readonly string[] | undefined
      readonly styleTargets: readonly TargetKind[] | undefined
      readonly cacheFolder: string | undefined
      readonly device: DevicePreference
      readonly threads: number | undefined
      readonly batches: readonly number[] | undefined
      readonly warmUp: boolean
      /** Memory that the process may have at most, where the device has none of its own. */
      readonly memoryBytes: number
      readonly avoid: ReadonlyMap<Device, string>
      readonly silence: SilenceLimits
    }
  | { readonly type: 'registerStyle'; readonly id: string; readonly adapter: Adapter }
  | { readonly type: 'unregisterStyle'; readonly id: string }
  | { readonly type: 'paint'; readonly id: number; readonly request: PaintRequest; readonly listens: boolean }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'learn'; readonly id: number; readonly request: LearnRequest; readonly recipe: StyleRecipe }
  | { readonly type: 'cancelLearning'; readonly id: number }
  | { readonly type: 'close' }

export type FromProcess =
  /** It lives, and may be silent for so long from now on. */
  | { readonly type: 'heartbeat'; readonly maxSilenceMs: number }
  /** Should the process die now, this device is to blame. */
  | { readonly type: 'trying'; readonly device: Device | undefined }
  | { readonly type: 'loading'; readonly progress: LoadingProgress }
  | {
      readonly type: 'ready'
      readonly info: EngineInfo
      readonly stepMs: number
      readonly measurements: Measurements
      readonly styleLayout: StyleLayout | null
    }
  /** Pictures of different people with different styles were in one call. */
  | { readonly type: 'mixedBatch'; readonly styles: readonly string[]; readonly people: number }
  | { readonly type: 'failed'; readonly error: ErrorPayload }
  | { readonly type: 'started'; readonly id: number }
  | { readonly type: 'progressed'; readonly id: number; readonly progress: PaintProgress }
  | { readonly type: 'learning'; readonly id: number; readonly progress: LearnProgress }
  | { readonly type: 'learned'; readonly id: number; readonly result: LearnResult }
  | { readonly type: 'ended'; readonly id: number; readonly result: PaintResult; readonly stepMs: number }
  /** What the device was seen to do by now. */
  | { readonly type: 'measured'; readonly measurements: Measurements }
