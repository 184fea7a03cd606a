import type { Assessment, Engine, LearnResult, StyleLayout } from '../../engine/index.ts'
import { storeStyle, unknownTargets } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { encodeImage } from '../images/imageCodec.ts'
import type { StyleId } from '../shared/ids.ts'
import { json, jsonList } from '../shared/rowJson.ts'
import { type LearningRow, stillOpen } from './learningRow.ts'
import { type StyleFolders, stylePaths } from './styleFolders.ts'
import { targetsOf } from './styleResolver.ts'

/** What was learned becomes a version, in use if it is no worse than the one before. */
export interface Versions {
  adopt(row: LearningRow, end: FinishedLearning): Promise<void>
}
type FinishedLearning = Extract<LearnResult, { type: 'finished' }>

/** Older versions than these make room. */
const maxVersions = 20

/** Writes versions down. */
export function createVersions({
  engine,
  client,
  folders,
  now,
}: {
  readonly engine: Engine
  readonly client: PrismaClient
  readonly folders: StyleFolders
  readonly now: () => Date
}): Versions {
  async function adopt(row: LearningRow, end: FinishedLearning): Promise<void> {
    const style = row.styleId
    const layout = engine.styleLayout
    if (!layout) throw new Error('A model without projections has learned a style')
    const newest = await client.styleVersion.aggregate({ where: { styleId: style }, _max: { number: true } })
    const number = (newest._max.number ?? 0) + 1
    const examples = Math.min(end.before.length, end.after.length)
    for (let index = 0; index < examples; index++) {
      await folders.write(style, stylePaths.example(number, 'before', index), await encodeImage(end.before[index]!))
      await folders.write(style, stylePaths.example(number, 'after', index), await encodeImage(end.after[index]!))
    }
    const vector = storeStyle(end.adapter, layout)
    const isMade = await client.$transaction(async within => {
      const known = await within.style.findUnique({
        where: { id: style },
        select: {
          version: true,
          versions: { select: { number: true, assessment: true, pictures: true, modelHash: true, targets: true } },
        },
      })
      const isOpen = (await within.learning.count({ where: stillOpen(row) })) > 0
      if (!known || !isOpen) return false
      const inUse = known.versions.find(version => version.number === known.version)
      const older = inUse && fits(inUse, layout) ? inUse : undefined
      const isWorse = older !== undefined && !isAsGood(end.assessment, row.pictures, older)
      const summary = isWorse
        ? `${end.assessment.summary} Version ${older.number} stays in use; this one is stored as version ${number}.`
        : `${end.assessment.summary} Version ${number} is in use now.`
      await within.styleVersion.create({
        data: {
          ...{ styleId: style, number, origin: 'learned', createdAt: now(), modelHash: layout.modelHash },
          ...{
            rank: end.adapter.rank,
            targets: jsonList(layout.targets),
            vector: Buffer.from(vector),
            bytes: vector.length,
          },
          ...{ recipe: json(end.recipe), curve: jsonList(end.curve), assessment: json(end.assessment) },
          ...{ pictures: jsonList(row.pictures), examples },
        },
      })
      if (!isWorse) await within.style.update({ where: { id: style }, data: { version: number } })
      await within.learning.update({
        where: { id: row.id },
        data: {
          state: 'finished',
          version: number,
          summary,
          finishedAt: now(),
          step: end.recipe.steps,
          steps: end.recipe.steps,
        },
      })
      return true
    })
    if (isMade) await forgetOldest(style)
    else await folders.remove(style, await leftovers(style, number))
    await folders.remove(style, stylePaths.checkpoint(row.id))
  }

  /** A learning that was cancelled at the last moment leaves no pictures; a style that was deleted leaves nothing. */
  async function leftovers(style: StyleId, number: number) {
    return (await client.style.count({ where: { id: style } })) > 0 ? stylePaths.version(number) : undefined
  }

  async function forgetOldest(style: StyleId): Promise<void> {
    const { version, versions } = await client.style.findUniqueOrThrow({
      where: { id: style },
      select: { version: true, versions: { select: { number: true }, orderBy: { number: 'desc' } } },
    })
    for (const { number } of versions.slice(maxVersions)) {
      if (number === version) continue
      await client.styleVersion.deleteMany({ where: { styleId: style, number } })
      await folders.remove(style, stylePaths.version(number))
    }
  }

  return { adopt }
}

function fits(version: { modelHash: string; targets: unknown }, layout: StyleLayout): boolean {
  return version.modelHash === layout.modelHash && unknownTargets(layout, targetsOf(version)).length === 0
}

/** Not worse than nothing, and on the same pictures no farther from them than the version before. */
function isAsGood(
  assessment: Assessment,
  pictures: unknown,
  older: { assessment: unknown; pictures: unknown },
): boolean {
  if (!assessment.better) return false
  const before = older.assessment as Assessment | null
  const isSame = JSON.stringify(pictures) === JSON.stringify(older.pictures)
  return !before || !isSame || assessment.distanceAfter <= before.distanceAfter
}
