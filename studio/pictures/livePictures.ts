import {
  type Engine,
  type Mask,
  type Painting,
  type PaintProgress,
  type PaintResult,
  promptsIn,
  type Rgb,
} from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { Budgets } from '../budgets/budgets.ts'
import type { FileStore } from '../images/fileStore.ts'
import { encodeImage, encodeMask } from '../images/imageCodec.ts'
import { encodePicture } from '../images/png.ts'
import { filesOf, masksOf, type Recipe, textsOf } from '../images/recipe.ts'
import type { Moderation } from '../moderation/moderation.ts'
import { accountOf } from '../people/formerGuests.ts'
import type { JobId, PersonId, PictureId, RoomId } from '../shared/ids.ts'
import { json } from '../shared/rowJson.ts'
import { newId, newSeed, type Random } from '../shared/secrets.ts'
import type { StyleResolver } from '../styles/styleResolver.ts'
import type { CreatePaintRequest } from './paintRequests.ts'
import type { Picture } from './picture.ts'
import { type PictureOptions, recipesOf, resolveStyles } from './pictureOptions.ts'
import { isWhole, pictureOf, pictureRow, picturesOf, withJob } from './pictureRows.ts'

/** Repaints under a moving pen: not durable, newest wins, quick. */
export interface Live {
  /** Milliseconds that such a picture takes by itself; null as long as nothing was measured. */
  estimateMs(request: LiveRequest): number | null
  paint(by: PersonId, request: LiveRequest, onProgress?: (progress: PaintProgress) => void): Promise<Painting>
  /**
   * Makes a finished live picture durable: a row (origin canvas, state finished) and a file. Live ones of its frame that
   * are not among its `newest` pictures go, unless something came from them. Default: all stay.
   */
  save(
    by: PersonId,
    request: LiveRequest,
    end: Extract<PaintResult, { type: 'finished' }>,
    options?: { newest?: number },
  ): Promise<Picture>
}

/** A picture to repaint in a frame while a pen moves: all that a picture may be, painted over pixels instead of a file. */
export interface LiveRequest
  extends Omit<PictureOptions, 'image' | 'inkMask' | 'outpaint' | 'count' | 'parent' | 'frame' | 'previews'> {
  readonly room: RoomId
  readonly frameId: string
  /** Whether the steps on the way are shown; without, nobody waits for their decoding. */
  readonly showsSteps?: boolean
  /** What is drawn, as large as the picture. */
  readonly image?: Rgb
  /** Where that is ink over a picture; as large. */
  readonly inkMask?: Mask
}

/** What live pictures are built on. */
export interface LiveOptions {
  readonly engine: Engine
  readonly client: PrismaClient
  readonly files: FileStore
  readonly resolver: StyleResolver
  readonly createRequest: CreatePaintRequest
  readonly budgets: Budgets
  readonly moderation: Moderation
  readonly now: () => Date
  readonly random: Random
}

/** Nothing here is written down until someone saves it: a frame is repainted many times while a pen moves. */
export function createLive(options: LiveOptions): Live {
  const { engine, client, files, resolver, createRequest, budgets, moderation, now, random } = options
  const { model } = engine.info
  /** What a request was painted by; its image has no name yet. */
  const recipes = new WeakMap<LiveRequest, Recipe>()

  /** Requests of one frame reach the engine in the order in which they came: there the newest wins. */
  const inOrder = orderByKey()

  async function recipeOf(
    by: PersonId,
    { room: _, frameId: __, showsSteps: ___, ...request }: LiveRequest,
  ): Promise<Recipe> {
    const autoencoder = model.hasTinyAutoencoder ? ({ autoencoder: 'tiny' } as const) : {}
    const resolved = await resolveStyles({ ...request, ...autoencoder }, styles => resolver.resolve(by, styles))
    return recipesOf(resolved, model, () => newSeed(random))[0]!
  }

  return {
    estimateMs({ prompt, image, strength, ...request }) {
      const { width, height } = { ...model.sizes.default, ...request }
      const { steps = model.defaults.steps, guidance = model.defaults.guidance } = request
      const over = image && strength !== undefined ? { image, strength } : {}
      return engine.estimate({ prompt, seed: 0, guidance, steps, width, height, ...over }).ms
    },

    paint: (by, live, onProgress) => inOrder(`${live.room}:${live.frameId}`, () => paint(by, live, onProgress)),

    async save(by, request, { picture, output }, { newest = Number.POSITIVE_INFINITY } = {}) {
      const painted = recipes.get(request) ?? (await recipeOf(by, request))
      const ownerId = await accountOf(client, by)
      const record = async (drawn: Pick<Recipe, 'image' | 'inkMask'>) => {
        const recipe: Recipe = { ...painted, ...drawn }
        return files.put(by, await encodePicture(picture, recipe, output), file =>
          client.picture.create({
            data: {
              ...{ id: newId<PictureId>(random), index: 0, state: 'finished', recipe: json(recipe) },
              ...{ image: drawn.image ?? null, file, output: json(output), finishedAt: now() },
              masks: { create: masksOf(recipe).map(hash => ({ hash })) },
              job: {
                create: {
                  ...{ id: newId<JobId>(random), origin: 'canvas', requestedAt: now() },
                  ...{ ownerId, roomId: request.room, frameId: request.frameId },
                },
              },
            },
            include: withJob,
          }),
        )
      }
      // The drawing beneath is stored as a file too: without it the recipe could not be repeated.
      const { image, inkMask } = request
      const withImage = async (drawn: Pick<Recipe, 'inkMask'>) =>
        image ? files.put(by, await encodeImage(image), file => record({ ...drawn, image: file })) : record(drawn)
      const row = await (inkMask
        ? files.put(by, await encodeMask(inkMask), file => withImage({ inkMask: file }))
        : withImage({}))
      await forget(request, newest)
      return pictureOf(pictureRow(row))
    },
  }

  async function paint(...[by, live, onProgress]: Parameters<Live['paint']>): Promise<Painting> {
    const { room, frameId, image, inkMask } = live
    await moderation.checkAllowed(by, { room })
    const recipe = await recipeOf(by, live)
    await moderation.checkTexts(by, textsOf(recipe))
    recipes.set(live, recipe)
    // What is stored of it later is about a byte for each pixel.
    const taken = await budgets.take(by, { liveFrames: 1, bytes: recipe.width * recipe.height })
    try {
      const request = await createRequest(recipe, by, { previews: live.showsSteps ?? false, image, inkMask })
      const painting = engine.paint({ ...request, priority: 'live', liveKey: `${room}:${frameId}` }, onProgress)
      const styles = promptsIn(request).flatMap(({ styles = [] }) => styles)
      resolver.retain(styles, painting.ended)
      void painting.ended.then(taken.release, taken.release)
      return { ...painting, ended: painting.ended.then(result => checked(by, recipe.prompt, result)) }
    } catch (error) {
      await taken.release()
      throw error
    }
  }

  /** What may not be shown has failed, as any other. */
  async function checked(by: PersonId, prompt: string, result: PaintResult): Promise<PaintResult> {
    if (result.type !== 'finished') return result
    try {
      await moderation.checkPicture(by, result, prompt)
      return result
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      return { type: 'failed', code: error.code, message: error.message }
    }
  }

  /**
   * Removes the live results of a frame that are older than its newest ones; what was asked for stays, and what others
   * came from. An image that was pinned to the canvas is a file by itself, and `collect` spares it.
   */
  async function forget({ room, frameId }: LiveRequest, newest: number): Promise<void> {
    if (!Number.isFinite(newest)) return
    const ofFrame = { roomId: room, frameId }
    const [oldest] = await client.picture.findMany({
      ...{ where: { job: ofFrame }, include: withJob },
      ...{ orderBy: [{ job: { requestedAt: 'desc' } }, { index: 'desc' }], skip: newest - 1, take: 1 },
    })
    if (!oldest || !isWhole(oldest)) return
    const left = await client.picture.findMany({
      where: {
        job: { ...ofFrame, requestedAt: { lt: oldest.job.requestedAt } },
        // Live ones were finished when they were written down: their rows never started.
        ...{ state: 'finished', startedAt: null, variations: { none: {} }, openings: { none: {} } },
      },
      include: withJob,
    })
    await client.job.deleteMany({ where: { id: { in: left.map(({ jobId }) => jobId) } } })
    const pictures = picturesOf(left)
    await files.collect(new Set(pictures.flatMap(({ file, recipe }) => [...(file ? [file] : []), ...filesOf(recipe)])))
  }
}

/** Runs tasks of one key one after the other, and those of different keys beside each other. */
function orderByKey() {
  const last = new Map<string, Promise<unknown>>()
  return <T>(key: string, task: () => Promise<T>): Promise<T> => {
    const mine = (last.get(key) ?? Promise.resolve()).then(task, task)
    last.set(key, mine)
    const forget = () => {
      if (last.get(key) === mine) last.delete(key)
    }
    mine.then(forget, forget)
    return mine
  }
}
