import type { ChatReplyTarget, PersonId, StyleId } from '../studio/studio.ts'
import type { Bot, Caller } from './bot.ts'
import { learningStory } from './learningUpdater.ts'

/** Begins a lesson in somebody's name and follows it in the message that was promised. */
export async function teach(
  by: PersonId,
  style: StyleId,
  { where }: Caller,
  target: ChatReplyTarget,
  { studio, follow }: Bot,
): Promise<void> {
  const learning = await studio.styles.learn(by, style, { ...where, chat: target })
  const shown = await studio.styles.show(by, style)
  follow(learningStory({ learning, style: shown, target, askedAt: new Date(), studio }))
}
