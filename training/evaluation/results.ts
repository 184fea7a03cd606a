import type { Estimate } from '../../onnx/linalg/statistics.ts'
import type { InstrumentRows } from './instruments.ts'
import type { Figures } from './measure.ts'

/** How some figures came about, so that they can be had again. */
export interface Made {
  readonly command: string
  /** ISO 8601 */
  readonly at: string
  /** Pictures behind each row. */
  readonly n: number
  /** Clean renders that Fréchet distances are measured from. */
  readonly reference: number
  /** What seeds count from: picture i has seed `firstSeed` + i. */
  readonly firstSeed: number
  readonly minutes: number
}

export interface BoundRow {
  readonly name: 'clean renders' | 'autoencoder round trip'
  readonly figures: Figures
}
export interface StepRow {
  readonly painter: string
  readonly steps: number
  /** Times that a network is asked for one picture. */
  readonly calls: number
  readonly figures: Figures
}
export interface GuidanceRow {
  /** ω of the paper; guidance − 1 */
  readonly omega: number
  readonly figures: Figures
}
export interface TimeRow {
  readonly painter: string
  readonly steps: number
  readonly calls: number
  /** Median time from caption to picture. */
  readonly wallMs: number
  /** Processor time for one picture, all threads together; other work on the machine adds nothing to it. */
  readonly processorMs: number
}
export interface ReadingRow {
  /** What the caption said wrongly. */
  readonly attribute: string
  readonly timestep: number
  /** Of the teacher, with right captions. */
  readonly loss: number
  /** By what share of it the loss grows. */
  readonly worse: Estimate
}
export interface DistillationRow {
  readonly solver: string
  readonly skip: number
  readonly iterations: number
  readonly figures: Figures
}

/** One style learned in one way; `seed` is 0 for true renders and for the base model. */
export interface StyleRow {
  readonly style: string
  readonly method: string
  readonly seed: number
  /** Of learning. */
  readonly minutes: number
  /** Mean squared error to the render of the same scene in the style, colours −1 … 1. */
  readonly toRender: Estimate
  /** Fréchet distance from renders in the style, in local features of latents. */
  readonly distance: number
  /** Mean accuracy over all that a style does not change. */
  readonly kept: number
  /** The same once colours are undone: all pictures mapped back to those of the base model, by one map. */
  readonly content: number
  readonly kind: Estimate
  /** How often the classifier takes a picture for one in the style. */
  readonly asStyle: Estimate
  /** Mean distance of latents between pictures to the same prompt. */
  readonly diversity: number
}

export interface Tables {
  readonly bounds: readonly BoundRow[]
  readonly steps: readonly StepRow[]
  readonly heldOut: readonly StepRow[]
  readonly guidance: readonly GuidanceRow[]
  readonly time: readonly TimeRow[]
  readonly reading: readonly ReadingRow[]
  readonly distillation: readonly DistillationRow[]
  readonly styles: readonly StyleRow[]
  readonly instruments: InstrumentRows
}
export type TableName = keyof Tables
export const tableNames: readonly TableName[] = [
  'bounds',
  'steps',
  'heldOut',
  'guidance',
  'time',
  'reading',
  'distillation',
  'styles',
  'instruments',
]
/** What is measured by nothing that was trained, of a model folder alone. */
export const judgeless: readonly TableName[] = ['instruments']
/** What takes hours is measured only if it is named. */
export const longTables: readonly TableName[] = ['distillation', 'styles']

/** What a checkpoint says about how it came to be. */
export interface TrainingRow {
  readonly stage: string
  readonly steps: number
  readonly minutes: number
}

/** Everything that has been measured; each table may be from another day. */
export type Evaluation = {
  readonly [Name in TableName]?: { readonly made: Made; readonly rows: Tables[Name] }
} & { readonly training?: readonly TrainingRow[] }
