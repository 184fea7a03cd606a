import type { Engine, StyleEngine } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { Moderation } from '../moderation/moderation.ts'
import { styleKey } from '../people/joinAccount.ts'
import type { Emitter } from '../shared/emitter.ts'
import type { LearningId, PersonId, StyleId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import type { Limit } from '../shared/limitConcurrency.ts'
import { validatePrompt } from '../shared/text.ts'
import type { Access } from './access.ts'
import { noteLostDefaults } from './defaultStyle.ts'
import type { LearningEvent } from './learning.ts'
import { learningOf, learningRow } from './learningRow.ts'
import type { LearningRunner } from './learningRunner.ts'
import type { Sharing } from './style.ts'
import type { StyleFolders } from './styleFolders.ts'
import type { StyleResolver } from './styleResolver.ts'
import { checkVersion } from './styleResolver.ts'
import { checkName } from './styleText.ts'

/** What an owner does with a style: name it, share it, go back to an earlier version, delete it. */
export interface StyleOwnership {
  rename(by: PersonId, style: StyleId, name: string): Promise<void>
  share(by: PersonId, style: StyleId, sharing: Sharing): Promise<void>
  /** The prompts of the example pictures, four at most; an empty list goes back to the engine's own. Used when it learns next. */
  chooseExamples(by: PersonId, style: StyleId, prompts: readonly string[]): Promise<void>
  restore(by: PersonId, style: StyleId, version: number): Promise<void>
  /** Deletes pictures, checkpoints, vectors and previews, rows and files, at once. */
  remove(by: PersonId, style: StyleId): Promise<void>
}

/** What an owner does with a style: name it, share it, go back to an earlier version, delete it. */
export function createOwnership({
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
}: {
  readonly engine: Engine & StyleEngine
  readonly client: PrismaClient
  readonly folders: StyleFolders
  readonly access: Access
  readonly resolver: StyleResolver
  readonly runner: LearningRunner
  readonly events: Emitter<LearningId, LearningEvent>
  readonly oneAtATime: Limit
  readonly changed: (style: StyleId) => void
  readonly scrub: () => Promise<void>
  readonly moderation: Moderation
  readonly now: () => Date
}): StyleOwnership {
  return {
    async rename(by, style, name) {
      await access.checkOwn(by, style)
      const shown = checkName(name)
      const nameKey = styleKey(shown)
      await oneAtATime(() =>
        client.$transaction(async within => {
          const taken = await within.style.count({ where: { ownerId: by, nameKey, id: { not: style } } })
          if (taken > 0) throw new UserError('style/name-taken')
          await within.style.updateMany({ where: { id: style }, data: { name: shown, nameKey } })
        }),
      )
      changed(style)
    },

    async share(by, style, sharing) {
      await access.checkOwn(by, style)
      await access.checkSharing(by, sharing)
      await moderation.checkAllowed(by)
      await client.style.updateMany({ where: { id: style }, data: { sharing } })
      changed(style)
    },

    async chooseExamples(by, style, prompts) {
      await access.checkOwn(by, style)
      if (prompts.length > limits.maxExamplePrompts) throw new UserError('style/examples')
      await moderation.checkTexts(by, prompts)
      await client.style.updateMany({ where: { id: style }, data: { examplePrompts: prompts.map(validatePrompt) } })
    },

    async restore(by, style, version) {
      await access.checkOwn(by, style)
      const row = await client.styleVersion.findUnique({
        where: { styleId_number: { styleId: style, number: version } },
        select: { modelHash: true, targets: true },
      })
      if (!row) throw new UserError('style/version')
      checkVersion(engine, row)
      await client.style.updateMany({ where: { id: style }, data: { version } })
      changed(style)
    },

    async remove(by, style) {
      await access.checkOwn(by, style)
      const open = await client.learning.findMany({ where: { styleId: style, state: { in: openStates } } })
      await client.$transaction(async within => {
        const row = await within.style.findUnique({ where: { id: style }, select: { name: true } })
        if (row) await noteLostDefaults(within, by, { styles: [style], name: row.name })
        await within.style.deleteMany({ where: { id: style } })
      })
      const learnings = open.map(learningRow)
      runner.stop(learnings.map(({ id }) => id))
      resolver.forget(style)
      await folders.remove(style)
      for (const row of learnings) {
        const learning = { ...learningOf(row, by), state: 'cancelled', finishedAt: now() } as const
        events.emit(learning.id, { type: 'ended', learning })
      }
      changed(style)
      await scrub()
    },
  }
}
