import { setTimeout as pause } from 'node:timers/promises'
import { DiscordAPIError, RateLimitError } from 'discord.js'
import { type ErrorCode, UserError } from '../../protocol/errors.ts'
import { isAnswerOfDiscord } from '../delivery/callback.ts'

const firstPauseMs = 150

/**
 * Asks Discord until it answers, for at most `patienceMs`. What it refuses is thrown as it comes; who has to wait for too
 * long, and what was never answered, is a `UserError`: the latter `unanswered`, for the request may have taken effect.
 * `request` must be harmless to repeat.
 */
export async function insist<T>(
  request: () => Promise<T>,
  { unanswered, patienceMs }: { readonly unanswered: ErrorCode; readonly patienceMs: number },
): Promise<T> {
  const endsAt = performance.now() + patienceMs
  for (let pauseMs = firstPauseMs; ; pauseMs *= 2) {
    try {
      return await request()
    } catch (error) {
      if (error instanceof DiscordAPIError && (isAnswerOfDiscord(error) || error.status === tooLarge)) throw error
      const isLimited = error instanceof RateLimitError
      const waitMs = isLimited ? Math.max(error.retryAfter, 0) : pauseMs
      if (performance.now() + waitMs > endsAt) {
        const values = { seconds: Math.ceil(waitMs / 1000) }
        throw isLimited
          ? new UserError('post/limited', undefined, { values, cause: error })
          : new UserError(unanswered, undefined, { cause: error })
      }
      await pause(waitMs)
    }
  }
}

/** A proxy on the way says no more than that. */
const tooLarge = 413
