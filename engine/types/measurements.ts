/** What a device was seen to do: how long calls of the networks take, and what memory they need. A plain value. */

export interface Measurements {
  /** Calls of the UNet, by the size of the picture and the rows of the call. */
  readonly steps: readonly StepMeasurement[]
  /** Pictures from latents. */
  readonly decodes: readonly DecodeMeasurement[]
  /** What the engine's process had for itself in bytes when the model was loaded; null where nothing tells. */
  readonly loadedBytes: number | null
}

export interface StepMeasurement {
  /** Width × height of the picture. */
  readonly pixels: number
  /** Of one call. */
  readonly rows: number
  /** Milliseconds for each row, the last ones counting most. */
  readonly rowMs: number
  readonly calls: number
  /**
   * What the process had gained in bytes at the first such call, since the model was loaded; null where nothing tells, or
   * where a larger one came before, whose memory it then shares.
   */
  readonly bytes: number | null
}

export interface DecodeMeasurement {
  readonly pixels: number
  readonly ms: number
}

export const nothingMeasured: Measurements = { steps: [], decodes: [], loadedBytes: null }

/** Of so many sizes; those that were not seen for longest are forgotten. */
const maxSizes = 24
/** Planning and compiling make the first call of a size longer than those that follow. */
const firstCalls = 2

export function withStep(
  known: Measurements,
  { pixels, rows, ms, bytes }: Pick<StepMeasurement, 'pixels' | 'rows' | 'bytes'> & { readonly ms: number },
): Measurements {
  const isSame = (one: StepMeasurement) => one.pixels === pixels && one.rows === rows
  const before = known.steps.find(isSame)
  const now = ms / rows
  const others = known.steps.filter(one => !isSame(one))
  const rowMs = !before ? now : before.calls < firstCalls ? Math.min(before.rowMs, now) : before.rowMs * 0.9 + now * 0.1
  const isLargest = known.steps.every(one => one.bytes === null || one.pixels * one.rows < pixels * rows)
  const ownBytes = before ? before.bytes : isLargest ? bytes : null
  const step = { pixels, rows, rowMs, calls: (before?.calls ?? 0) + 1, bytes: ownBytes }
  return { ...known, steps: [...others, step].slice(-maxSizes) }
}

export function withDecode(known: Measurements, { pixels, ms }: DecodeMeasurement): Measurements {
  const before = known.decodes.find(one => one.pixels === pixels)
  const others = known.decodes.filter(one => one !== before)
  return { ...known, decodes: [...others, { pixels, ms: before ? before.ms * 0.7 + ms * 0.3 : ms }].slice(-maxSizes) }
}
