import { errorPayload } from '../../protocol/errors.ts'
import { createLearningChat } from '../chat/learningReplies.ts'
import { createEmitter } from '../shared/emitter.ts'
import type { LearningId } from '../shared/ids.ts'
import { createCatalogue } from './catalogue.ts'
import { createStyleMaker } from './createStyle.ts'
import { createDefaults } from './defaultStyle.ts'
import { createImportExport } from './importExport.ts'
import type { LearningEvent } from './learning.ts'
import { createLearningRequests } from './learningRequests.ts'
import { createLearningRunner } from './learningRunner.ts'
import { createOperators } from './operators.ts'
import { createOwnership } from './ownership.ts'
import { gatherParts, type StylesOptions } from './parts.ts'
import type { StyleLimits } from './style.ts'
import type { Styles } from './styles.ts'
import { createStylePictures } from './trainingPictures.ts'
import { createUploads } from './uploads.ts'
import { createExamples } from './versionExamples.ts'

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
export function createStyles(options: StylesOptions): StyleWorks {
  const { engine, client, resolver, now, limits, onBug } = options
  const parts = gatherParts(options)
  const events = createEmitter<LearningId, LearningEvent>(onBug)
  const runner = createLearningRunner({ ...parts, events })
  const examples = createExamples(parts)
  const uploads = createUploads(parts)
  const maker = createStyleMaker(parts, uploads)

  const styles: Styles = {
    limits,
    get error() {
      return engine.styleLayout ? null : errorPayload('style/none')
    },
    create: maker.create,
    ...createStylePictures(parts, uploads),
    ...createLearningRequests(parts, runner, events),
    ...createCatalogue(parts),
    ...createOwnership(parts, runner, events),
    ...createDefaults(parts),
    ...createImportExport(parts, maker, examples),
    ...createOperators(parts),
    checkUse: async (by, style) => {
      await resolver.resolve(by, [{ style }])
    },
    onChange: parts.onChange,
    chat: createLearningChat({ client, now }),
  }

  return {
    styles,
    async recover() {
      await runner.recover()
      await resolver.prune()
      examples.begin()
    },
    async close() {
      await Promise.all([runner.close(), examples.close()])
    },
  }
}
