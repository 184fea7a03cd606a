import { UserError } from '../../protocol/errors.ts'
import type { Emitter } from '../shared/emitter.ts'
import type { LearningId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import { newId } from '../shared/secrets.ts'
import type { LearningEvent } from './learning.ts'
import type { LearningRunner } from './learningRunner.ts'
import type { StyleParts } from './parts.ts'
import { stylePaths } from './styleFolders.ts'
import { disabled } from './styleResolver.ts'
import { learningOf } from './styleRows.ts'
import type { Styles } from './styles.ts'

/** What people do about learning: ask for it, follow it, call it off. The work itself is in learnings.ts. */
export function createLearningRequests(
  parts: StyleParts,
  runner: LearningRunner,
  events: Emitter<LearningId, LearningEvent>,
): Pick<Styles, 'learn' | 'cancel' | 'watch' | 'findLearning'> {
  const { engine, client, folders, access, workers, now, random, limits, oneAtATime, changed, checkGuild, onBug } =
    parts

  async function findLearning(id: LearningId) {
    const row = await client.learning.findUnique({ where: { id }, include: { style: { select: { ownerId: true } } } })
    return row?.style ? learningOf(row, row.style.ownerId) : null
  }

  return {
    findLearning,

    async learn(by, style, { method, steps, guild, chat } = {}) {
      await access.checkOwn(by, style)
      await checkGuild(guild)
      const { styleLayout } = engine
      if (!styleLayout) throw new UserError('style/none')
      const id = newId<LearningId>(random)
      const requestedAt = now()
      const row = await oneAtATime(() =>
        client.$transaction(async within => {
          const known = await within.style.findUnique({
            where: { id: style },
            select: {
              disabledAt: true,
              disabledReason: true,
              pictures: { orderBy: [{ addedAt: 'asc' }, { id: 'asc' }] },
            },
          })
          if (!known) throw new UserError('style/missing')
          if (known.disabledAt) throw disabled(known.disabledReason)
          if (known.pictures.length === 0) throw new UserError('style/pictures-few')
          const open = await within.learning.findMany({
            where: { state: { in: openStates } },
            select: { styleId: true, style: { select: { ownerId: true } } },
          })
          if (open.some(({ styleId }) => styleId === style)) throw new UserError('style/learning')
          if (open.length >= limits.learnings) throw new UserError('style/busy')
          const yours = open.filter(one => one.style?.ownerId === by)
          if (yours.length >= limits.learningsPerPerson) throw new UserError('style/busy-yours')
          await workers.heartbeat(within)
          const row = await within.learning.create({
            data: {
              ...{ id, styleId: style, state: 'queued', requestedAt, workerId: workers.id },
              ...{ modelHash: styleLayout.modelHash, pictures: known.pictures.map(picture => picture.id) },
              recipe: { ...(method && { method }), ...(steps !== undefined && { steps }) },
            },
          })
          if (chat) await within.learningReply.create({ data: { learningId: id, createdAt: requestedAt, ...chat } })
          return row
        }),
      )
      runner.start(row, by)
      changed(style)
      return learningOf(row, by)
    },

    async cancel(by, style) {
      await access.checkOwn(by, style)
      const open = await client.learning.findMany({ where: { styleId: style, state: { in: openStates } } })
      const ids = open.map(({ id }) => id)
      const { count } = await client.learning.updateMany({
        where: { id: { in: ids }, state: { in: openStates } },
        data: { state: 'cancelled', finishedAt: now() },
      })
      if (count === 0) throw new UserError('style/not-learning')
      runner.stop(ids)
      for (const id of ids) {
        await folders.remove(style, stylePaths.checkpoint(id as LearningId))
        const learning = await findLearning(id as LearningId)
        if (learning?.state === 'cancelled') events.emit(learning.id, { type: 'ended', learning })
      }
      changed(style)
    },

    watch(learning, listener) {
      const early: LearningEvent[] = runner.progressOf(learning)
      let isTold = false
      let hasEnded = false
      const tell = (event: LearningEvent) => {
        if (hasEnded) return
        hasEnded = event.type === 'ended'
        listener(event)
      }
      const stop = events.on(learning, event => (isTold ? tell(event) : early.push(event)))
      // What is being learned here is known at once; what has ended, the rows know.
      void findLearning(learning)
        .then(known => {
          isTold = true
          for (const event of early) tell(event)
          if (known && !openStates.some(state => state === known.state)) tell({ type: 'ended', learning: known })
        })
        .catch(onBug)
      return () => {
        hasEnded = true
        stop()
      }
    },
  }
}
