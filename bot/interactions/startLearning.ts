import type { PersonId, StyleId } from '../../studio/studio.ts'
import { learningUpdater } from '../delivery/learningUpdater.ts'
import type { ReplyContext } from './bot.ts'

/** Starts to learn a style in somebody's name and keeps the acknowledged message up to date with its progress. */
export async function startLearning(
  { caller, target, bot: { studio, follow, translateFor } }: Pick<ReplyContext<unknown>, 'caller' | 'target' | 'bot'>,
  style: StyleId,
  by: PersonId,
): Promise<void> {
  const learning = await studio.styles.learn(by, style, { ...caller.where, chat: target })
  const shown = await studio.styles.show(by, style)
  follow(
    learningUpdater({
      learning,
      style: shown,
      target,
      createdAt: new Date(),
      studio,
      translate: () => translateFor(target),
    }),
  )
}
