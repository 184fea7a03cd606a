import {
  type Engine,
  type Painting,
  type PaintProgress,
  type PaintRequest,
  type PaintResult,
  promptsIn,
  unsaidIn,
  type Vocabulary,
} from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { Budgets } from '../budgets/budgets.ts'
import type { FileStore } from '../images/fileStore.ts'
import { encodeImage, encodeMask } from '../images/imageCodec.ts'
import { encodePicture } from '../images/png.ts'
import { filesOf, type Recipe, type StyleInRecipe } from '../images/recipe.ts'
import type { Moderation } from '../moderation/moderation.ts'
import { accountOf } from '../people/formerGuests.ts'
import { fromFields } from '../shared/fields.ts'
import type { FileHash, JobId, PersonId, PictureId, RoomId } from '../shared/ids.ts'
import { json } from '../shared/rowJson.ts'
import { newId, type Random } from '../shared/secrets.ts'
import { validatePrompt } from '../shared/text.ts'
import type { StyleResolver, StyleSelection } from '../styles/styleResolver.ts'
import type { Picture } from './picture.ts'
import { isWhole, pictureOf, pictureRow, picturesOf, withJob } from './pictureRows.ts'

/** Repaints under a moving pen: not durable, newest wins, quick. */
export interface Live {
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

/** A picture to repaint in a frame while a pen moves. */
export interface LiveRequest
  extends Omit<PaintRequest, 'owner' | 'priority' | 'liveKey' | 'styles' | 'regions' | 'prefix'> {
  readonly room: RoomId
  readonly frameId: string
  readonly styles?: readonly StyleSelection[]
}

/** What live pictures are built on. */
export interface LiveOptions {
  readonly engine: Engine
  readonly client: PrismaClient
  readonly files: FileStore
  readonly resolver: StyleResolver
  readonly budgets: Budgets
  readonly moderation: Moderation
  readonly now: () => Date
  readonly random: Random
}

/** Nothing here is written down until someone saves it: a frame is repainted many times while a pen moves. */
export function createLive({ engine, client, files, resolver, budgets, moderation, now, random }: LiveOptions): Live {
  /** The versions of its styles that a request was painted with. */
  const resolved = new WeakMap<LiveRequest, readonly StyleInRecipe[]>()

  /** Requests of one frame reach the engine in the order in which they came: there the newest wins. */
  const inOrder = orderByKey()

  return {
    paint: (by, live, onProgress) => inOrder(`${live.room}:${live.frameId}`, () => paint(by, live, onProgress)),

    async save(by, request, { picture, output }, { newest = Number.POSITIVE_INFINITY } = {}) {
      const styles = resolved.get(request) ?? (await resolver.resolve(by, request.styles ?? []))
      const ownerId = await accountOf(client, by)
      const record = async ([image, maskImage]: readonly (FileHash | undefined)[]) => {
        const madeBy = { ...output, vocabulary: engine.info.model.vocabulary }
        const recipe = recipeOf(request, styles, madeBy, { image, maskImage })
        return files.put(by, await encodePicture(picture, recipe, output), file =>
          client.picture.create({
            data: {
              ...{ id: newId<PictureId>(random), index: 0, state: 'finished', recipe: json(recipe) },
              ...{ image: image ?? null, file, output: json(output), finishedAt: now() },
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
      // The drawing beneath and its mask are stored as files too: without them the recipe could not be repeated.
      const { image, maskImage } = request
      const inputs = [image && (await encodeImage(image)), maskImage && (await encodeMask(maskImage))]
      const saved = pictureOf(pictureRow(await putAll((bytes, then) => files.put(by, bytes, then), inputs, record)))
      await forget(request, newest)
      return saved
    },
  }

  async function paint(...[by, live, onProgress]: Parameters<Live['paint']>): Promise<Painting> {
    const { room, frameId, styles: selected = [], ...request } = live
    const prompt = validatePrompt(request.prompt)
    await moderation.checkAllowed(by, { room })
    await moderation.checkTexts(
      by,
      promptsIn({ ...request, prompt }).map(one => one.prompt),
    )
    const recipe = await resolver.resolve(by, selected)
    resolved.set(live, recipe)
    const owner = await budgets.partyOf(by)
    // What is stored of it later is about a byte for each pixel.
    const taken = await budgets.take(by, { liveFrames: 1, bytes: request.width * request.height })
    try {
      const styles = await resolver.register(recipe)
      const painting = engine.paint(
        {
          ...{ ...request, prompt, owner, priority: 'live', liveKey: `${room}:${frameId}` },
          ...(moderation.checksPictures && { previews: 'none' }),
          ...(styles.length > 0 && { styles }),
        },
        onProgress,
      )
      resolver.retain(styles, painting.ended)
      void painting.ended.then(taken.release, taken.release)
      return { ...painting, ended: painting.ended.then(result => checked(by, prompt, result)) }
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

/** Stores files, those that there are, and holds them all until `record` has written the row that names them. */
async function putAll<T>(
  put: (bytes: Uint8Array, record: (hash: FileHash) => Promise<T>) => Promise<T>,
  [first, ...rest]: readonly (Uint8Array | undefined)[],
  record: (hashes: readonly (FileHash | undefined)[]) => Promise<T>,
  before: readonly (FileHash | undefined)[] = [],
): Promise<T> {
  const next = (hash?: FileHash) =>
    rest.length > 0 ? putAll(put, rest, record, [...before, hash]) : record([...before, hash])
  return first ? put(first, next) : next()
}

function recipeOf(
  request: LiveRequest,
  styles: readonly StyleInRecipe[],
  by: { model: string; modelHash: string; vocabulary: Vocabulary | undefined },
  { image, maskImage }: { image: FileHash | undefined; maskImage: FileHash | undefined },
): Recipe {
  const { seed, variation, steps, timesteps, endStep, guidance, guidanceByStep, width, height, strength } = request
  const prompt = validatePrompt(request.prompt)
  return fromFields<Recipe>({
    ...{ prompt, unsaid: by.vocabulary && unsaidIn(prompt, by.vocabulary) },
    negativePrompt: request.negativePrompt,
    ...{ seed, variation, steps, customTimesteps: timesteps, endStep, guidance, guidanceByStep, width, height, image },
    ...{ regions: undefined, prefix: undefined, upscale: request.upscale },
    strength: image === undefined ? undefined : strength,
    maskImage,
    // The mask came as it was used.
    maskBlur: undefined,
    styles: styles.length > 0 ? styles : undefined,
    ...{ model: by.model, modelHash: by.modelHash },
  })
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
