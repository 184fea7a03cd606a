import { UserError } from '../../protocol/errors.ts'
import { styleKey } from '../people/joinAccount.ts'
import type { Emitter } from '../shared/emitter.ts'
import type { LearningId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import { validatePrompt } from '../shared/text.ts'
import type { LearningEvent } from './learning.ts'
import type { LearningRunner } from './learningRunner.ts'
import type { StyleParts } from './parts.ts'
import { checkVersion } from './styleResolver.ts'
import { learningOf } from './styleRows.ts'
import type { Styles } from './styles.ts'
import { checkName } from './styleText.ts'

const maxExamplePrompts = 4

/** What an owner does with a style: name it, share it, go back to an earlier version, delete it. */
export function createOwnership(
  parts: StyleParts,
  runner: LearningRunner,
  events: Emitter<LearningId, LearningEvent>,
): Pick<Styles, 'rename' | 'share' | 'chooseExamples' | 'restore' | 'remove'> {
  const { engine, client, folders, access, resolver, now, oneAtATime, changed, scrub, onBug } = parts

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
      await client.style.updateMany({ where: { id: style }, data: { sharing } })
      changed(style)
    },

    async chooseExamples(by, style, prompts) {
      await access.checkOwn(by, style)
      if (prompts.length > maxExamplePrompts) throw new UserError('style/examples')
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
      const open = await client.learning.findMany({
        where: { styleId: style, state: { in: openStates } },
        include: { style: { select: { ownerId: true } } },
      })
      await client.style.deleteMany({ where: { id: style } })
      runner.stop(open.map(({ id }) => id))
      resolver.forget(style)
      await folders.remove(style)
      const state = 'cancelled'
      for (const row of open) {
        const learning = { ...learningOf(row, by), state, finishedAt: now() } as const
        events.emit(learning.id, { type: 'ended', learning })
      }
      changed(style)
      await scrub().catch(onBug)
    },
  }
}
