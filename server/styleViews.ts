import { errorPayload } from '../protocol/errors.ts'
import type {
  MadePicture,
  StyleAssessment,
  StyleLearning,
  StyleShown,
  StyleSummary,
  StyleVersionShown,
} from '../protocol/styles.ts'
import {
  type Assessment,
  gainOf,
  type Learning,
  outcomeOf,
  type Picture,
  type Style,
  type StyleDetail,
  type StyleId,
  type StyleVersion,
} from '../studio/studio.ts'

/** Styles, as the studio knows them, in the form in which browsers get them. */

/** Each image once: a frame that is painted over without a change keeps its picture. */
export function madeOf(pictures: readonly Picture[]): MadePicture[] {
  const shown = new Map<string, MadePicture>()
  for (const { id, file, recipe } of pictures) {
    if (file === null || shown.has(file)) continue
    const { prompt, width, height } = recipe
    shown.set(file, { id, path: `/files/${file}`, prompt, width, height })
  }
  return [...shown.values()]
}

const pathOf = (id: StyleId) => `/api/styles/${id}`

function examplesOf(id: StyleId, version: number | null, count: number) {
  const paths = (when: 'before' | 'after') =>
    Array.from({ length: count }, (_, index) => `${pathOf(id)}/versions/${version}/${when}-${index}.png`)
  return { before: paths('before'), after: paths('after') }
}

/** A style in a list. */
export function summaryOf(style: Style): StyleSummary {
  const { id, name, owner, isMine, isDefault, sharing, version, pictures, error, isDisabled, learning, learnEstimate } =
    style
  return {
    ...{ id, name, owner, isMine, isDefault, sharing, version, pictures, error, isDisabled, learnEstimate },
    createdAt: style.createdAt.getTime(),
    learning: learning && learningShown(learning),
    ...examplesOf(id, version, style.examples),
  }
}

/** A style with its pictures and versions. */
export function shownOf(style: StyleDetail): StyleShown {
  return {
    ...summaryOf(style),
    stylePictures: style.stylePictures.map(picture => ({
      ...picture,
      path: `${pathOf(style.id)}/pictures/${picture.id}.png`,
    })),
    versions: style.versions.map(version => versionShown(style.id, version)),
    examplePrompts: style.examplePrompts,
  }
}

function versionShown(style: StyleId, version: StyleVersion): StyleVersionShown {
  const { number, createdAt, origin, isInUse, fits, rank, bytes, recipe, pictures, curve, assessment, examples } =
    version
  return {
    ...{ number, origin, isInUse, fits, rank, bytes, pictures, curve },
    assessment: assessment && assessmentShown(assessment),
    createdAt: createdAt.getTime(),
    method: recipe?.method ?? null,
    ...examplesOf(style, number, examples),
  }
}

/** How far a learning is. */
export function learningShown({ id, state, step, steps, version, failure, summary }: Learning): StyleLearning {
  // An older program noted no more than a sentence.
  const error = state === 'failed' ? (failure ?? errorPayload('style/learning-failed', summary ?? undefined)) : null
  return { id, state, step, steps, version, error }
}

function assessmentShown(assessment: Assessment): StyleAssessment {
  return { outcome: outcomeOf(assessment), gain: gainOf(assessment), contentKept: assessment.contentKept }
}
