/** What an engine can do, and what was seen of it: plain values, so that they can be judged by anywhere. */
import type { EngineInfo } from './engine.ts'
import type { Measurements } from './measurements.ts'
import type { StyleLayout } from './styles.ts'

export interface EngineAbilities {
  readonly info: EngineInfo
  readonly styleLayout: StyleLayout | null
  readonly measured: Measurements
  /** Bytes that its process may have; null on a device with memory of its own. */
  readonly memoryBytes: number | null
  /** What its process died of, for want of memory. */
  readonly tooLargePicture: TooLarge | null
  readonly tooLargeLearning: TooLarge | null
}

/** What brought a process down for want of memory, so that the same is refused instead of tried again. */
export interface TooLarge {
  /** Of the picture, or of those that a learning learns from. */
  readonly pixels: number
  /** Milliseconds since 1970. */
  readonly until: number
}
