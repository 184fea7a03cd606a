import type { ChatReplyTarget, PersonId, StyleId } from '../studio/studio.ts'
import type { Bot, Caller } from './bot.ts'
import { learningUpdater } from './learningUpdater.ts'

/** Begins a lesson in somebody's name and follows it in the message that was promised. */
export async function startLearning(
  by: PersonId,
  style: StyleId,
  { where }: Caller,
  target: ChatReplyTarget,
  { studio, follow }: Bot,
): Promise<void> {
  const learning = await studio.styles.learn(by, style, { ...where, chat: target })
  const shown = await studio.styles.show(by, style)
  follow(learningUpdater({ learning, style: shown, target, createdAt: new Date(), studio }))
}
