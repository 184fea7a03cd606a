import type { ChatReplyTarget, Learning, LearningEvent, Studio, Style } from '../studio/studio.ts'
import type { Story } from './follow.ts'
import { wordsMessage } from './replies.ts'
import { words } from './strings.ts'
import { type Lesson, learnedMessage, learningMessage } from './styleReplies.ts'

export interface LearningStory {
  readonly learning: Learning
  /** As it is when the lesson begins: it may be deleted meanwhile. */
  readonly style: Style
  readonly target: ChatReplyTarget
  readonly askedAt: Date
  readonly studio: Studio
}

/** The message of a learning: how far it is and what it paints by now, then what has been learned. */
export function learningStory({ learning: { id, owner }, style, target, askedAt, studio }: LearningStory): Story {
  const { styles } = studio
  const lesson: Lesson = { last: null, painted: [] }
  return {
    ...{ name: `learning ${id}`, target, askedAt, isSlow: true },
    apology: async () => wordsMessage(words.apology),
    delivered: () => styles.chat.markDelivered(id),

    async final() {
      const learning = await styles.findLearning(id)
      // Whoever deletes a style deletes its lessons too.
      if (!learning) return wordsMessage(words.style.gone)
      return learnedMessage(await styles.show(owner, style.id), learning, (version, when, index) =>
        styles.readExample(owner, style.id, version, when, index),
      )
    },

    unfold: (offer, signal) =>
      new Promise((resolve, reject) => {
        const hear = (fact: LearningEvent) => {
          if (fact.type === 'ended') return finish(resolve)
          // A message has no room for the curve: it is drawn when the style is shown.
          if (fact.type === 'curve') return
          if (fact.type === 'painted') lesson.painted = fact.pictures
          else lesson.last = fact
          offer(async () => learningMessage(style, lesson))
        }
        const finish = (settle: () => void) => {
          // The studio may tell what is already true before it has returned what stops it.
          queueMicrotask(() => unwatch())
          signal.removeEventListener('abort', abort)
          settle()
        }
        const abort = () => finish(() => reject(signal.reason))
        if (signal.aborted) return reject(signal.reason)
        signal.addEventListener('abort', abort)
        const unwatch = styles.watch(id, hear)
      }),
  }
}
