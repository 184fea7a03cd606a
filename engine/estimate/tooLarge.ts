/** What brought the process down for want of memory, as a plain value. */
import type { TooLarge } from '../types/abilities.ts'

/** By then others may have given memory free. */
const rememberedMs = 60 * 60_000

/** The smaller of what is known and what has just been seen. */
export function withTooLarge(known: TooLarge | null, pixels: number, now: number): TooLarge {
  const least = known !== null && known.until > now ? Math.min(known.pixels, pixels) : pixels
  return { pixels: least, until: now + rememberedMs }
}

export const isTooLarge = (known: TooLarge | null, pixels: number, now: number): boolean =>
  known !== null && known.until > now && pixels >= known.pixels
