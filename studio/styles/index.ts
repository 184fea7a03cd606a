import { openLearningChat } from '../chat/learningReplies.ts'
import { Refusal } from '../refusals.ts'
import { openFacts } from '../shared/emitter.ts'
import type { LearningId } from '../shared/ids.ts'
import { openCatalogue } from './catalogue.ts'
import { openMaking } from './createStyle.ts'
import { openDefaults } from './defaultStyle.ts'
import { openExchange } from './importExport.ts'
import type { LearningEvent } from './learning.ts'
import { openLessons } from './learningRequests.ts'
import { openLearnings } from './learningRunner.ts'
import { openOperators } from './operators.ts'
import { openOwnership } from './ownership.ts'
import { gatherParts, type StylesOptions } from './parts.ts'
import type { StyleLimits } from './style.ts'
import type { Styles } from './styles.ts'
import { openStylePictures } from './trainingPictures.ts'
import { openGivenPictures } from './uploads.ts'
import { openExamples } from './versionExamples.ts'

export const defaultStyleLimits: StyleLimits = {
  stylesPerPerson: 20,
  picturesPerStyle: 100,
  learnings: 16,
  learningsPerPerson: 2,
}

/** What runs behind the styles that people see. */
export interface StyleWorks {
  readonly styles: Styles
  recover(): Promise<void>
  close(): Promise<void>
}

/** Personal styles: each file beside this one is one thing that people do with them, and checks who may. */
export function openStyles(options: StylesOptions): StyleWorks {
  const { engine, client, uses, now, limits, onBug } = options
  const parts = gatherParts(options)
  const facts = openFacts<LearningId, LearningEvent>(onBug)
  const learnings = openLearnings({ ...parts, facts })
  const examples = openExamples(parts)
  const given = openGivenPictures(parts)
  const making = openMaking(parts, given)

  const styles: Styles = {
    limits,
    get refusal() {
      if (engine.styleLayout) return null
      const { code, words } = new Refusal('style/none')
      return { code, words }
    },
    create: making.create,
    ...openStylePictures(parts, given),
    ...openLessons(parts, learnings, facts),
    ...openCatalogue(parts),
    ...openOwnership(parts, learnings, facts),
    ...openDefaults(parts),
    ...openExchange(parts, making, examples),
    ...openOperators(parts),
    checkUse: async (by, style) => {
      await uses.resolve(by, [{ style }])
    },
    onChange: parts.onChange,
    chat: openLearningChat({ client, now }),
  }

  return {
    styles,
    async recover() {
      await learnings.recover()
      await uses.prune()
      examples.begin()
    },
    async close() {
      await Promise.all([learnings.close(), examples.close()])
    },
  }
}
