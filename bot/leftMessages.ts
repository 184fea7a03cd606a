import { setTimeout as pause } from 'node:timers/promises'
import type { REST } from 'discord.js'
import { type Log, logError } from '../logging.ts'
import { createGuard } from '../protocol/guard.ts'
import type { Left, PendingReply } from '../studio/studio.ts'
import { learningName, learningUpdater } from './delivery/learningUpdater.ts'
import { isStillLoading } from './delivery/messageTarget.ts'
import { pictureName, pictureUpdater } from './delivery/pictureUpdater.ts'
import type { Bot } from './interactions/bot.ts'
import { interruptedUpdater } from './interactions/interactionPayload.ts'
import { pictureLinks } from './interactions/roomLinks.ts'

/** How often a pending reply is looked up, where the database is away for a moment. */
const tries = 5
const triesEveryMs = 3_000

/** What goes on with messages that programs have left unfinished. */
export interface LeftMessagesOptions {
  readonly bot: Bot
  readonly applicationId: string
  /** That does not retry by itself. */
  readonly rest: REST
  readonly log: Log
  /** Closing waits for it. */
  track(work: Promise<void>): void
}

/** Goes on with pictures and learnings whose message is not final yet. */
export async function followUndelivered(bot: Bot, left: Left): Promise<void> {
  const { studio, translateFor } = bot
  const undelivered = await studio.chat.claimUndelivered(left, job => bot.follows(pictureName(job)))
  for (const { job, createdAt, ...target } of undelivered) {
    bot.follow(
      pictureUpdater({
        job,
        pictures: await studio.pictures.ofJob(job),
        target,
        createdAt,
        studio,
        links: pictureLinks(bot),
        isSpoiler: () => bot.isSpoiler(target),
        translate: () => translateFor(target),
      }),
    )
  }
  const taught = await studio.styles.chat.claimUndelivered(left, id => bot.follows(learningName(id)))
  for (const { learning: id, createdAt, ...target } of taught) {
    const learning = await studio.styles.findLearning(id)
    if (!learning) continue
    const style = await studio.styles.show(learning.owner, learning.style)
    const translate = () => translateFor(target)
    bot.follow(learningUpdater({ learning, style, target, createdAt, studio, translate }))
  }
}

/** Says what became of interactions whose program was killed right after it had acknowledged them. */
export function finishPending(pendingReplies: readonly PendingReply[], options: LeftMessagesOptions): void {
  const { bot, applicationId, rest, log, track } = options
  const finish = async (pending: PendingReply, triesLeft = tries): Promise<void> => {
    const updater = interruptedUpdater(pending, bot)
    try {
      if (await isStillLoading(rest, pending)) bot.follow(updater)
      else await updater.markDelivered()
    } catch (err) {
      log.warn({ err, reply: updater.name }, 'A pending reply could not be looked up')
      // It is this program's now: nobody else would look again.
      if (triesLeft > 1) await pause(triesEveryMs, undefined, { ref: false }).then(() => finish(pending, triesLeft - 1))
    }
  }
  for (const pending of pendingReplies) if (pending.applicationId === applicationId) track(finish(pending))
}

/** Of several programs that are the bot: takes over, again and again, what those that have ended have left. */
export function watchLeft(options: LeftMessagesOptions, everyMs: number): () => void {
  const { bot, log } = options
  const look = async () => {
    finishPending(await bot.studio.chat.claimPendingReplies('dead'), options)
    await followUndelivered(bot, 'dead')
  }
  let isLooking = false
  const lookAgain = async () => {
    if (isLooking) return
    isLooking = true
    await look()
      .catch(logError(log, 'What other programs have left could not be taken over'))
      .finally(() => {
        isLooking = false
      })
  }
  void lookAgain()
  const guard = createGuard((message, err) => log.error({ err }, message))
  const timer = setInterval(guard('What other programs have left could not be looked at', lookAgain), everyMs)
  timer.unref()
  return () => clearInterval(timer)
}
