/** One part of `bench:cluster`: what it found, in sentences and in figures. */
export interface PartResult {
  readonly title: string
  readonly lines: readonly string[]
  readonly figures: object
}

/** Says how far a part is, so that whoever waits knows that something happens. */
export type Progress = (text: string) => void

/** Everything that the command line can change, with its unit. */
export interface ClusterOptions {
  /** Numbers of engine processes to measure, ascending. */
  readonly engines: readonly number[]
  /** Of one measurement. */
  readonly seconds: number
  /** Milliseconds of one step of the stand-in engine, pictures of a step, pixels of a picture's side. */
  readonly standIn: { readonly stepMs: number; readonly batch: number; readonly side: number }
  /** Pictures of each kind whose latency is measured. */
  readonly pairs: number
  /** Owners who share two engines. */
  readonly owners: number
  /** Strokes of each kind whose way is measured. */
  readonly strokes: number
  /** Rooms with two pages each, over three servers. */
  readonly rooms: number
}

/** Rejects, with what to do, when the work takes longer than `seconds`. */
export async function within<T>(seconds: number, name: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const error = new Error(
      `Expected the part "${name}" to end within ${seconds} s; where the machine is busy, --patience 3 gives it three times as long`,
    )
    timer = setTimeout(() => reject(error), seconds * 1000)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

export const hundredths = (figure: number): number => Math.round(figure * 100) / 100
