import { type Engine, type PaintResult, promptsIn, timestepsOf } from '../../engine/index.ts'
import { UserError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { Budgets } from '../budgets/budgets.ts'
import type { ChatReplyTarget } from '../chat/chatReplies.ts'
import type { GuildGate } from '../guilds/guildGate.ts'
import { encodePicture } from '../images/png.ts'
import { type Recipe, textsOf } from '../images/recipe.ts'
import type { Moderation } from '../moderation/moderation.ts'
import type { PersonId, PictureId } from '../shared/ids.ts'
import { newSeed, type Random } from '../shared/secrets.ts'
import type { StyleResolver } from '../styles/styleResolver.ts'
import { type CreatePaintRequest, stepCost } from './paintRequests.ts'
import type { Picture } from './picture.ts'
import { type PictureOptions, recipesOf, resolveStyles } from './pictureOptions.ts'
import { optionsOf } from './recipeOptions.ts'

/** What the model believed after a step of a picture, stored nowhere. */
export interface Sketch {
  readonly seed: number
  /** Counted from 1. */
  readonly step: number
  /** As large as the picture, with its recipe inside. */
  readonly png: Uint8Array
}

/** Pictures that are shown once: recomputed from a recipe, in no row and no file. */
export interface Sketches {
  /** After each step of a finished picture but the last, in order. Throws `picture/model` if it is of another model. */
  steps(by: PersonId, of: PictureId, chat?: ChatReplyTarget): Promise<Sketch[]>
  /**
   * After the first step, with `count` seeds from the one of the options on (default: drawn at random); of a branch, after
   * the first step of its own. Of a picture: the same once more, as `again` paints it.
   */
  seeds(by: PersonId, of: PictureOptions | PictureId, count: number, chat?: ChatReplyTarget): Promise<Sketch[]>
}

/** What sketches are painted with. */
export interface SketchesOptions {
  readonly engine: Engine
  readonly resolver: StyleResolver
  readonly createRequest: CreatePaintRequest
  readonly budgets: Budgets
  readonly moderation: Moderation
  readonly gate: GuildGate
  readonly random: Random
  find(id: PictureId): Promise<Picture | null>
}

/** Sketches by an engine of this program: the same rules and budgets hold as for pictures. */
export function createSketches(options: SketchesOptions): Sketches {
  const { engine, resolver, createRequest, budgets, moderation, gate, random, find } = options
  const { model } = engine.info

  /** One recipe, as part of a request that was admitted. */
  async function sketch(by: PersonId, recipe: Recipe): Promise<Sketch> {
    const request = await createRequest(recipe, by, { previews: false })
    const taken = await budgets.take(by, { steps: stepCost(request, model) })
    try {
      const painting = engine.paint(request)
      resolver.retain(
        promptsIn(request).flatMap(({ styles = [] }) => styles),
        painting.ended,
      )
      const finished = finishedOr(await painting.ended)
      await moderation.checkPicture(by, finished, recipe.prompt)
      const png = await encodePicture(finished.picture, recipe, finished.output)
      return { seed: recipe.seed, step: recipe.endStep ?? recipe.steps, png }
    } finally {
      await taken.release()
    }
  }

  /** Asks the rules once for all of them, and paints them beside each other. */
  async function sketchAll(by: PersonId, recipes: readonly Recipe[], chat?: ChatReplyTarget): Promise<Sketch[]> {
    const [first] = recipes
    if (!first) return []
    const guild = chat?.guildId ?? undefined
    await moderation.checkAllowed(by, { guild })
    await moderation.checkTexts(by, textsOf(first), guild)
    await gate.admit(by, chat, [first])
    // All end before the first failure is told: nothing is painted for somebody who has their answer.
    const ended = await Promise.allSettled(recipes.map(recipe => sketch(by, recipe)))
    return ended.map(one => {
      if (one.status === 'rejected') throw one.reason
      return one.value
    })
  }

  async function existing(id: PictureId): Promise<Picture> {
    const picture = await find(id)
    if (!picture) throw new UserError('picture/missing')
    return picture
  }

  async function optionsOfPicture(id: PictureId): Promise<PictureOptions> {
    const { seed: _, ...options } = optionsOf((await existing(id)).recipe, { same: false })
    return options
  }

  return {
    async steps(by, of, chat) {
      const picture = await existing(of)
      if (picture.state !== 'finished') throw new UserError('picture/unfinished')
      const { recipe } = picture
      if (recipe.modelHash !== model.hash) throw new UserError('picture/model')
      const { upscale: _, ...own } = recipe
      const timesteps = timestepsOf(await createRequest(own, by, { previews: false }), model.schedule)
      const before = timesteps.slice(0, own.endStep).map((_, index) => index + 1)
      before.pop()
      const shown = spread(before, limits.maxShownSteps - 1)
      return sketchAll(
        by,
        shown.map(endStep => ({ ...own, endStep })),
        chat,
      )
    },

    async seeds(by, of, count, chat) {
      const asked = typeof of === 'string' ? await optionsOfPicture(of) : of
      const resolved = await resolveStyles({ ...asked, count: 1 }, styles => resolver.resolve(by, styles))
      const [recipe] = recipesOf(resolved, model, () => newSeed(random))
      const { upscale: _, variation: __, ...own } = recipe!
      const endStep = 1 + (own.prefix?.at(-1)?.untilStep ?? 0)
      const recipes = Array.from({ length: count }, (_, index) => ({
        ...{ ...own, endStep },
        seed: (own.seed + index) % (limits.maxSeed + 1),
      }))
      return sketchAll(by, recipes, chat)
    },
  }
}

function finishedOr(result: PaintResult): Extract<PaintResult, { type: 'finished' }> {
  if (result.type === 'finished') return result
  if (result.type === 'failed') throw new UserError(result.code, result.message)
  throw new UserError('engine/stopped')
}

/** At most so many of these, evenly spread, with the first and the last. */
function spread(all: readonly number[], most: number): number[] {
  if (all.length <= most) return [...all]
  return Array.from({ length: most }, (_, index) => all[Math.round((index * (all.length - 1)) / (most - 1))]!)
}
