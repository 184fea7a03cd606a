import type { Engine } from '../engine/engine.ts'
import type { PrismaClient } from '../prisma/client/sqlite/client.ts'
import { newId, type Random } from './chance.ts'
import type { FileStore } from './files.ts'
import { encodeImage } from './images.ts'
import { refusalOf } from './jobs.ts'
import { encodePicture } from './png.ts'
import { json, pictureOf, withAsk } from './rows.ts'
import type { AskId, FileHash, Live, LiveAsk, PictureId, Recipe } from './studio.ts'
import { checkPrompt } from './wish.ts'

export interface LiveOptions {
  readonly engine: Engine
  readonly client: PrismaClient
  readonly files: FileStore
  readonly now: () => Date
  readonly random: Random
}

/** Nothing here is written down until someone keeps it: a frame is repainted many times while a pen moves. */
export function openLive({ engine, client, files, now, random }: LiveOptions): Live {
  return {
    paint(by, { room, frameId, ...ask }, onProgress) {
      const prompt = checkPrompt(ask.prompt)
      try {
        return engine.paint({ ...ask, prompt, owner: by, lane: 'live', liveKey: `${room}:${frameId}` }, onProgress)
      } catch (error) {
        throw refusalOf(error)
      }
    },

    async keep(by, ask, { picture, made }) {
      const record = async (image?: FileHash) => {
        const recipe = recipeOf(ask, made, image)
        return files.put(await encodePicture(picture, recipe, made), file =>
          client.picture.create({
            data: {
              ...{ id: newId<PictureId>(random), index: 0, state: 'finished', recipe: json(recipe) },
              ...{ image: image ?? null, file, made: json(made), finishedAt: now() },
              ask: {
                create: {
                  ...{ id: newId<AskId>(random), origin: 'canvas', askedAt: now() },
                  ...{ ownerId: by, roomId: ask.room, frameId: ask.frameId },
                },
              },
            },
            include: withAsk,
          }),
        )
      }
      // The drawing beneath is kept as a file too: without it the recipe could not be repeated.
      return pictureOf(ask.image ? await files.put(await encodeImage(ask.image), record) : await record())
    },
  }
}

function recipeOf(ask: LiveAsk, made: { model: string; modelHash: string }, image?: FileHash): Recipe {
  const { prompt, seed, steps, guidance, width, height, strength } = ask
  return {
    ...{ prompt: checkPrompt(prompt), seed, steps, guidance, width, height },
    ...(image !== undefined && { image }),
    ...(image !== undefined && strength !== undefined && { strength }),
    ...{ model: made.model, modelHash: made.modelHash },
  }
}
