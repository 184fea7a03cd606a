import type { ChatReplyTarget, Learning, LearningEvent, LearningId, Studio, Style } from '../../studio/studio.ts'
import { textMessage } from '../messages/replies.ts'
import { type LearningProgress, learnedMessage, learningMessage } from '../messages/styleReplies.ts'
import type { Translate } from '../text/translate.ts'
import type { MessageUpdater } from './follow.ts'
import { watchUntil } from './watchUntil.ts'

export interface LearningUpdaterOptions {
  readonly learning: Learning
  /** As it is when learning begins: it may be deleted before the end. */
  readonly style: Style
  readonly target: ChatReplyTarget
  readonly createdAt: Date
  readonly studio: Studio
  /** In the language of those who read it. */
  readonly translate: () => Promise<Translate>
}

/** What the updater of a learning is called. */
export const learningName = (learning: LearningId): string => `learning ${learning}`

/** The message of a learning: how far it is and what it paints by now, then what has been learned. */
export function learningUpdater({
  learning: { id, owner },
  style,
  target,
  createdAt,
  studio,
  translate,
}: LearningUpdaterOptions): MessageUpdater {
  const { styles } = studio
  const progress: LearningProgress = { last: null, painted: [] }
  return {
    ...{ name: learningName(id), target, createdAt, isSlow: true },
    async apology() {
      const t = await translate()
      return textMessage(t, t('failure.apology'))
    },
    isMine: () => styles.chat.isMine(id),
    markDelivered: () => styles.chat.markDelivered(id),

    async final() {
      const t = await translate()
      const learning = await styles.findLearning(id)
      // Whoever deletes a style deletes its learnings too.
      if (!learning) return textMessage(t, t('style.gone'))
      return learnedMessage(t, await styles.show(owner, style.id), learning, (version, when, index) =>
        styles.readExample(owner, style.id, version, when, index),
      )
    },

    subscribe(offer, signal) {
      const onEvent = (event: LearningEvent, end: () => void) => {
        if (event.type === 'ended') return end()
        // A message has no room for the curve: it is drawn when the style is shown.
        if (event.type === 'curve') return
        if (event.type === 'painted') progress.painted = event.pictures
        else progress.last = event
        offer(async () => learningMessage(await translate(), style, progress))
      }
      return watchUntil<LearningEvent>(listener => styles.watch(id, listener), onEvent, signal)
    },
  }
}
