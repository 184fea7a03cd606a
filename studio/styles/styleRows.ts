import type { Engine } from '../../engine/index.ts'
import type { Prisma } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { asPersonId, asStyleId, asStylePictureId, type PersonId } from '../shared/ids.ts'
import { openStates } from '../shared/jobStates.ts'
import { stringsIn } from '../shared/rowJson.ts'
import { curveIn, learningOf, learningRow } from './learningRow.ts'
import { assessmentOfRow, recipeOfRow } from './storedVersions.ts'
import type { Sharing, Style, StyleDetail, StylePicture, StyleVersion } from './style.ts'
import { checkModel, disabled } from './styleResolver.ts'

/** Of a version everything but its vector: that is read only to be used. */
const versionFields = {
  ...{ number: true, origin: true, createdAt: true, modelHash: true, rank: true, bytes: true, recipe: true },
  ...{ curve: true, assessment: true, pictures: true, examples: true },
} satisfies Prisma.StyleVersionSelect

/** What is always read of a style. */
export const withParts = {
  owner: true,
  learnings: { orderBy: { requestedAt: 'desc' }, take: 1 },
  versions: { select: { number: true, modelHash: true, examples: true } },
  _count: { select: { pictures: true } },
} satisfies Prisma.StyleInclude
/** A style as it is always read. */
export type StyleRow = Prisma.StyleGetPayload<{ include: typeof withParts }>

/** What is read of a style to show all of it. */
export const withEverything = {
  ...withParts,
  versions: { select: versionFields, orderBy: { number: 'desc' } },
  pictures: { orderBy: [{ addedAt: 'asc' }, { id: 'asc' }] },
} satisfies Prisma.StyleInclude
/** A style with its pictures and versions. */
export type WholeStyleRow = Prisma.StyleGetPayload<{ include: typeof withEverything }>

/** The engine's part in how a style views: which model it has. */
type Model = Pick<Engine, 'styleLayout' | 'estimateLearning'>

/** The rows are written by this studio alone: what its ids are and what its JSON holds needs no second check. */
export function styleOf(
  row: StyleRow,
  by: { readonly id: PersonId; readonly defaultStyle: string | null },
  model: Model,
): Style {
  const inUse = row.versions.find(({ number }) => number === row.version)
  const newest = row.learnings[0]
  const estimate = row.ownerId === by.id ? estimateOf(row, model) : null
  return {
    id: asStyleId(row.id),
    name: row.name,
    owner: ownerOf(row),
    isMine: row.ownerId === by.id,
    isDefault: row.id === by.defaultStyle,
    sharing: row.sharing as Sharing,
    createdAt: row.createdAt,
    version: row.version,
    pictures: row._count.pictures,
    error: errorFor(row, model),
    isDisabled: row.disabledAt !== null,
    learning: newest ? learningOf(learningRow(newest), asPersonId(row.ownerId)) : null,
    examples: inUse?.examples ?? 0,
    learnEstimate: estimate?.figures ?? null,
  }
}

/** What it takes to learn it, as it is being learned or else as usual. */
function estimateOf({ _count: { pictures }, learnings: [newest] }: StyleRow, model: Model) {
  if (pictures === 0 || !model.styleLayout) return null
  const isLearning = newest !== undefined && openStates.some(state => state === newest.state)
  return model.estimateLearning(pictures, isLearning ? learningRow(newest).recipe : {})
}

/** A style with its pictures and versions, as a person sees it. */
export function detailOf(row: WholeStyleRow, by: Parameters<typeof styleOf>[1], model: Model): StyleDetail {
  const style = styleOf(row, by, model)
  return {
    ...style,
    stylePictures: style.isMine ? row.pictures.map(stylePictureOf) : [],
    versions: row.versions.map(version => versionOf(version, row.version, model)),
    examplePrompts: stringsIn(row.examplePrompts),
  }
}

/** A style's owner as everybody sees them. */
export function ownerOf({ owner }: Pick<StyleRow, 'owner'>): Style['owner'] {
  return { id: asPersonId(owner.id), name: owner.name, color: owner.color }
}

/** A picture that a style learns from, as its owner sees it. */
export function stylePictureOf({ id, caption, width, height }: WholeStyleRow['pictures'][number]): StylePicture {
  return { id: asStylePictureId(id), caption, width, height }
}

function versionOf(row: WholeStyleRow['versions'][number], inUse: number | null, model: Model): StyleVersion {
  const { number, createdAt, origin, rank, bytes, examples, modelHash } = row
  return {
    ...{ number, createdAt, origin, rank, bytes, examples },
    isInUse: number === inUse,
    fits: model.styleLayout?.modelHash === modelHash,
    recipe: recipeOfRow(row.recipe),
    pictures: stringsIn(row.pictures).length,
    curve: curveIn(row.curve),
    assessment: assessmentOfRow(row.assessment),
  }
}

/** Why a style cannot be used now. */
export function errorFor(
  {
    disabledAt,
    disabledReason,
    version,
    versions,
  }: Pick<StyleRow, 'disabledAt' | 'disabledReason' | 'version' | 'versions'>,
  model: Model,
): Style['error'] {
  const inUse = versions.find(({ number }) => number === version)
  try {
    if (disabledAt) throw disabled(disabledReason)
    if (!inUse) throw new UserError('style/unlearned')
    checkModel(model, inUse.modelHash)
    return null
  } catch (error) {
    if (error instanceof UserError) return error.payload
    throw error
  }
}
