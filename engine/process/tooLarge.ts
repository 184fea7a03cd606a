/** What brought the process down for want of memory, so that the same is refused instead of tried again: a plain value. */

export interface TooLarge {
  /** Of the picture, or of those that a learning learns from. */
  readonly pixels: number
  readonly until: number
}

/** By then others may have given memory free. */
const rememberedMs = 60 * 60_000

/** The smaller of what is known and what has just been seen. */
export function withTooLarge(known: TooLarge | null, pixels: number, now: number): TooLarge {
  const least = known !== null && known.until > now ? Math.min(known.pixels, pixels) : pixels
  return { pixels: least, until: now + rememberedMs }
}

export const isTooLarge = (known: TooLarge | null, pixels: number, now: number): boolean =>
  known !== null && known.until > now && pixels >= known.pixels
