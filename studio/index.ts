import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine } from '../engine/types/engine.ts'
import type { StyleEngine } from '../engine/types/styles.ts'
import { openDatabase } from '../prisma/database.ts'
import { openChat } from './chat/chatReplies.ts'
import { openFiles } from './images/fileStore.ts'
import { openGuilds } from './people/guilds.ts'
import { openPeople } from './people/people.ts'
import { openLive } from './pictures/livePictures.ts'
import type { PictureEvent } from './pictures/pictureEvents.ts'
import { openJobs } from './pictures/pictureRunner.ts'
import { defaultQueueLimits, openPictures, type QueueLimits } from './pictures/pictures.ts'
import { Refusal } from './refusals.ts'
import { openRooms } from './rooms/rooms.ts'
import { openFacts } from './shared/emitter.ts'
import type { JobId, StyleId } from './shared/ids.ts'
import { newId, type Random, systemRandom } from './shared/secrets.ts'
import { joinPrograms } from './shared/workers.ts'
import type { Studio } from './studio.ts'
import { openAccess } from './styles/access.ts'
import { defaultStyleLimits, openStyles } from './styles/index.ts'
import type { StyleLimits } from './styles/style.ts'
import { openStyleFolders } from './styles/styleFolders.ts'
import { openUses } from './styles/styleResolver.ts'

export interface StudioOptions {
  readonly engine: Engine & StyleEngine
  /** `file:<path>` or `postgresql://…` */
  readonly databaseUrl: string
  readonly dataFolder: string
  /**
   * `all`: finishes what programs that died have left behind, now and later. `none`: minds its own pictures only, as the
   * command line does beside a running server.
   */
  readonly resume: 'all' | 'none'
  readonly now?: () => Date
  readonly random?: Random
  readonly limits?: QueueLimits
  readonly styleLimits?: StyleLimits
  /** People who may disable styles everywhere: ids of Discord accounts or of people here. */
  readonly operators?: readonly string[]
  /** How long a program may be silent until others take over its pictures. */
  readonly leaseMs?: number
  /** Told of everything that is not a refusal. */
  readonly onBug?: (error: unknown) => void
}

export async function openStudio(options: StudioOptions): Promise<Studio> {
  const { engine, resume, random = systemRandom, now = () => new Date(), leaseMs = 15_000 } = options
  const { onBug = console.error, limits = defaultQueueLimits, operators = [] } = options
  const folder = join(options.dataFolder, 'files')
  await mkdir(folder, { recursive: true }).catch((cause: Error) => {
    const words = `The data folder ${options.dataFolder} cannot be written (${cause.message}): set FOURSTROKE_DATA to one that can.`
    throw new Refusal('data/unwritable', words, { cause })
  })
  const database = await openDatabase(options.databaseUrl).catch((cause: unknown) => {
    throw new Refusal('database/unusable', `The database cannot be used (${reasonOf(cause)}): check DATABASE_URL.`, {
      cause,
    })
  })
  const { client, scrub } = database
  try {
    const files = await openFiles({ folder, client, random })
    const folders = await openStyleFolders(join(options.dataFolder, 'styles'), random)
    const facts = openFacts<JobId, PictureEvent>(onBug)
    const presence = joinPrograms({ client, id: newId(random), now, leaseMs })
    const access = openAccess({ client, now, operators })
    const guilds = openGuilds({ client, now, isOperator: access.isOperator })
    const uses = openUses({ engine, client, access })
    const jobs = openJobs({ engine, client, files, facts, presence, uses, now, resume, onBug })
    const styleWorks = openStyles({
      ...{ engine, client, files, folders, access, uses, guilds, presence, now, random, resume, onBug, scrub },
      limits: options.styleLimits ?? defaultStyleLimits,
    })
    const recover = async () => {
      await jobs.recover()
      await styleWorks.recover()
      await presence.bury()
    }
    const sweep = async () => {
      await files.sweep()
      await folders.sweep(async (style: StyleId) => (await client.style.count({ where: { id: style } })) > 0)
    }

    await presence.sign(client)
    await recover()
    const sweeping = resume === 'all' ? sweep().catch(onBug) : null
    const stopMinding = every(
      leaseMs / 3,
      async () => {
        const hasSlept = presence.isOverdue()
        await presence.sign(client)
        // After a laptop has slept, everybody seems dead: the others are given time to say that they are not.
        if (!hasSlept) await recover()
      },
      onBug,
    )

    return {
      engine: engine.info,
      load: () => engine.load(),
      people: openPeople({ client, now, random }),
      pictures: openPictures({
        info: engine.info,
        client,
        files,
        facts,
        jobs,
        uses,
        presence,
        now,
        random,
        limits,
        onBug,
        scrub,
      }),
      live: openLive({ engine, client, files, uses, now, random }),
      rooms: openRooms({ client, now, random }),
      styles: styleWorks.styles,
      guilds,
      chat: openChat({ client, now }),
      async statistics() {
        const counts = await client.picture.groupBy({ by: ['state'], _count: true })
        const pictures = { queued: 0, running: 0, finished: 0, failed: 0, cancelled: 0 }
        for (const { state, _count } of counts) pictures[state] = _count
        const [people, rooms] = await Promise.all([client.person.count(), client.room.count()])
        return { pictures, people, rooms }
      },
      async close() {
        await stopMinding()
        await sweeping
        await Promise.all([jobs.close(), styleWorks.close()])
        await presence.leave()
        await database.close()
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}

/** Again and again, never two at once. Returns what stops it, once the last one is done. */
function every(ms: number, work: () => Promise<void>, onBug: (error: unknown) => void): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  let timer = setTimeout(tick, ms).unref()
  let isStopped = false
  function tick(): void {
    running = work()
      .catch(onBug)
      .then(() => {
        if (!isStopped) timer = setTimeout(tick, ms).unref()
      })
  }
  return () => {
    isStopped = true
    clearTimeout(timer)
    return running
  }
}

/** What the database itself said, where Prisma has wrapped it. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { message: string; cause?: { originalMessage?: string } }
  return cause?.originalMessage ?? message
}
