import type { LearnMethod, StyleEngine } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { type ChatReplyTarget, targetColumns } from '../chat/chatReplies.ts'
import type { LearningId, PersonId, StyleId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import type { Limit } from '../shared/limitConcurrency.ts'
import { newId, type Random } from '../shared/secrets.ts'
import type { WorkerRegistry } from '../shared/workers.ts'
import { type LearningRow, learningRow } from './learningRow.ts'
import type { StyleLimits } from './style.ts'
import { disabled } from './styleResolver.ts'

/** What is to be learned, and where in chat it is to be answered. */
export interface NewLearning {
  readonly method?: LearnMethod
  readonly steps?: number
  /** How many of the base model's own pictures are painted first. */
  readonly priorPictures?: number
  /** Pixels of a side that is learned at. */
  readonly size?: number
  readonly chat?: ChatReplyTarget
}

/** Writes learnings down, as long as there is room for them. */
export interface LearningQueue {
  /** One transaction: the learning of all the pictures that the style has now, and where in chat it is to be answered. */
  add(by: PersonId, style: StyleId, wanted: NewLearning): Promise<LearningRow>
}

/** A queue in the database. */
export function createLearningQueue({
  engine,
  client,
  workers,
  limits,
  oneAtATime,
  now,
  random,
}: {
  readonly engine: StyleEngine
  readonly client: PrismaClient
  readonly workers: WorkerRegistry
  readonly limits: StyleLimits
  readonly oneAtATime: Limit
  readonly now: () => Date
  readonly random: Random
}): LearningQueue {
  /** The pictures to learn from. */
  async function picturesOf(within: Pick<PrismaClient, 'style'>, style: StyleId): Promise<string[]> {
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
    return known.pictures.map(({ id }) => id)
  }

  async function checkRoom(within: Pick<PrismaClient, 'learning'>, by: PersonId, style: StyleId): Promise<void> {
    const open = await within.learning.findMany({
      where: { state: { in: openStates } },
      select: { styleId: true, style: { select: { ownerId: true } } },
    })
    if (open.some(({ styleId }) => styleId === style)) throw new UserError('style/learning')
    const yours = open.filter(one => one.style?.ownerId === by)
    if (yours.length >= limits.learningsPerPerson) throw new UserError('style/busy-yours')
    // When the line is full, whoever has less than an equal share of it still gets in.
    const others = new Set(open.map(one => one.style?.ownerId).filter(owner => owner !== by)).size
    const share = limits.learnings / (others + 1)
    if (open.length >= limits.learnings && yours.length + 1 > share) throw new UserError('style/busy')
  }

  return {
    async add(by, style, { chat, ...wanted }) {
      const { styleLayout } = engine
      if (!styleLayout) throw new UserError('style/none')
      const recipe = chosenOf(wanted)
      const id = newId<LearningId>(random)
      const requestedAt = now()
      return oneAtATime(() =>
        client.$transaction(async within => {
          const pictures = await picturesOf(within, style)
          await checkRoom(within, by, style)
          const { error } = engine.estimateLearning(pictures.length, recipe)
          if (error) throw UserError.from(error)
          await workers.heartbeat(within)
          const row = await within.learning.create({
            data: {
              ...{ id, styleId: style, state: 'queued', requestedAt, workerId: workers.id },
              ...{ modelHash: styleLayout.modelHash, pictures },
              recipe,
            },
          })
          if (chat) {
            const reply = { learningId: id, createdAt: requestedAt, workerId: workers.id, ...targetColumns(chat) }
            await within.learningReply.create({ data: reply })
          }
          return learningRow(row)
        }),
      )
    },
  }
}

/** What somebody has chosen; the engine knows the rest. */
function chosenOf(wanted: Omit<NewLearning, 'chat'>): Pick<NewLearning, 'method' | 'steps' | 'priorPictures' | 'size'> {
  const { method, steps, priorPictures, size } = wanted
  return {
    ...(method && { method }),
    ...(steps !== undefined && { steps }),
    ...(priorPictures !== undefined && { priorPictures }),
    ...(size !== undefined && { size }),
  }
}
