import type { Engine, StyleEngine } from '../../engine/index.ts'
import { type Log, logError } from '../../logging.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { errorPayload } from '../../protocol/errors.ts'
import type { Budgets, Taken } from '../budgets/budgets.ts'
import { createLearningChat } from '../chat/learningReplies.ts'
import type { FileStore } from '../images/fileStore.ts'
import type { Audit } from '../moderation/audit.ts'
import type { Moderation } from '../moderation/moderation.ts'
import { refuseStopped } from '../moderation/refuseStopped.ts'
import type { DurableWrites } from '../shared/durableWrites.ts'
import { createEmitter } from '../shared/emitter.ts'
import type { LearningId, PersonId } from '../shared/ids.ts'
import { limitConcurrency } from '../shared/limitConcurrency.ts'
import type { Random } from '../shared/secrets.ts'
import type { WorkerRegistry } from '../shared/workers.ts'
import type { Access } from './access.ts'
import { createCatalogue } from './catalogue.ts'
import { createStyleMaker } from './createStyle.ts'
import { createDefaults } from './defaultStyle.ts'
import { createImportExport } from './importExport.ts'
import type { LearningEvent } from './learning.ts'
import { createLearningQueue } from './learningQueue.ts'
import { createLearningRequests } from './learningRequests.ts'
import { createLearningRunner } from './learningRunner.ts'
import { createLearningStore } from './learningStore.ts'
import { createOperators } from './operators.ts'
import { createOwnership } from './ownership.ts'
import type { StyleLimits } from './style.ts'
import { createChanges } from './styleChanges.ts'
import type { StyleFolders } from './styleFolders.ts'
import type { StyleResolver } from './styleResolver.ts'
import type { Styles } from './styles.ts'
import { createVersions } from './styleVersions.ts'
import { createStyleViews } from './styleViews.ts'
import { createStylePictures } from './trainingPictures.ts'
import { createUploads } from './uploads.ts'
import { createExamples } from './versionExamples.ts'

/** What a studio allows unless it is told otherwise. */
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

/** What personal styles are built on. */
export interface StylesOptions {
  readonly engine: Engine & StyleEngine
  readonly client: PrismaClient
  readonly files: FileStore
  readonly folders: StyleFolders
  readonly access: Access
  readonly resolver: StyleResolver
  readonly workers: WorkerRegistry
  readonly writes: DurableWrites
  readonly now: () => Date
  readonly random: Random
  readonly limits: StyleLimits
  readonly budgets: Budgets
  readonly moderation: Moderation
  readonly audit: Audit
  /** Refuses to let this person bring so many bytes; otherwise they are counted until they are released. */
  readonly admit: (by: PersonId, bytes: number) => Promise<Taken>
  readonly resume: 'all' | 'none'
  readonly log: Log
  /** What was deleted is in no file any more. */
  scrub(): Promise<void>
}

/**
 * What makes or changes something that others may see or wait for. Whoever was stopped may still delete, cancel, export
 * and look.
 */
const changing = [
  'create',
  'addPictures',
  'setCaption',
  'importFile',
  'learn',
  'rename',
  'share',
  'chooseExamples',
  'restore',
  'setDefault',
] as const satisfies (keyof Styles)[]

/** Personal styles: each file beside this one is one thing that people do with them, and checks who may. */
export function createStyles(options: StylesOptions): StyleWorks {
  const { engine, client, files, folders, access, resolver, workers, writes, now, random, limits, resume, log } =
    options
  const { budgets, moderation, audit, admit } = options
  const { changed, onChange } = createChanges(logError(log, 'Nobody could be told of a changed style'))
  /** Counting what there is and adding to it is one act. */
  const oneAtATime = limitConcurrency(1)
  const scrub = () => options.scrub().catch(logError(log, 'Deleted rows could not be scrubbed'))
  const events = createEmitter<LearningId, LearningEvent>(logError(log, 'Nobody could be told of a learning'))
  const views = createStyleViews({ engine, client })
  const versions = createVersions({ engine, client, folders, now })
  const store = createLearningStore({ client, folders, workers, now })
  const queue = createLearningQueue({ engine, client, workers, limits, oneAtATime, now, random })
  const runner = createLearningRunner({ engine, store, versions, writes, events, moderation, resume, changed, log })
  const examples = createExamples({ engine, client, folders, resolver, moderation, resume, changed, log })
  const uploads = createUploads({ client, files, folders, admit, now, random })
  const maker = createStyleMaker({ client, folders, access, uploads, views, limits, oneAtATime, now, random })

  const styles: Styles = {
    limits,
    get error() {
      return engine.styleLayout ? null : errorPayload('style/none')
    },
    estimateLearning: pictures => (engine.styleLayout ? engine.estimateLearning(pictures).figures : null),
    create: maker.create,
    ...createStylePictures({ client, folders, access, uploads, limits, oneAtATime, changed }),
    ...createLearningRequests({
      client,
      folders,
      access,
      queue,
      runner,
      events,
      budgets,
      moderation,
      changed,
      now,
      log,
    }),
    ...createCatalogue({ engine, client, folders, access, views }),
    ...createOwnership({
      engine,
      client,
      folders,
      access,
      resolver,
      runner,
      events,
      oneAtATime,
      changed,
      scrub,
      moderation,
      now,
    }),
    ...createDefaults({ engine, client, access, views }),
    ...createImportExport({ engine, client, access, maker, examples, views, oneAtATime, admit, changed, now }),
    ...createOperators({ client, access, resolver, changed, audit, now }),
    checkOwn: access.checkOwn,
    checkUse: async (by, style) => {
      await resolver.resolve(by, [{ style }])
    },
    onChange,
    chat: createLearningChat({ client, now, workers }),
  }

  return {
    styles: refuseStopped(styles, changing, moderation),
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
