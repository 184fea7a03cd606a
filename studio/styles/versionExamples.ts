import type { Engine, Painting, StyleUse } from '../../engine/index.ts'
import { examplePrompts, exampleSeed } from '../../engine/index.ts'
import { type Log, logError } from '../../logging.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { encodeImage } from '../images/imageCodec.ts'
import type { Moderation } from '../moderation/moderation.ts'
import { asPersonId, asStyleId, type StyleId } from '../shared/ids.ts'
import { stringsIn } from '../shared/rowJson.ts'
import { type StyleFolders, type StylePath, stylePaths } from './styleFolders.ts'
import type { StyleResolver } from './styleResolver.ts'

/** Example pictures of versions that came as files: the same four as a learned one gets, painted when nobody waits. */
export interface Examples {
  /** Begins with what is missing, or goes on. The rows say what that is, so a restart loses nothing. */
  begin(): void
  close(): Promise<void>
}

/** What example pictures are painted with. */
export interface ExamplesOptions {
  readonly engine: Engine
  readonly client: PrismaClient
  readonly folders: StyleFolders
  readonly resolver: StyleResolver
  readonly moderation: Pick<Moderation, 'withheld'>
  readonly resume: 'all' | 'none'
  readonly changed: (style: StyleId) => void
  readonly log: Log
}

interface Version {
  readonly style: StyleId
  readonly number: number
}
const nameOf = ({ style, number }: Version): string => `${style}@${number}`

const maxTries = 3

/** Example pictures by this engine, at the lowest priority. */
export function createExamples(options: ExamplesOptions): Examples {
  const { engine, client, folders, resolver, moderation, resume, changed, log } = options
  /** How often each was begun here: what could not be painted so often waits for the next start. */
  const tries = new Map<string, number>()
  let painting: Painting | null = null
  let running: Promise<void> | null = null
  let isDueAgain = false
  let isClosed = false

  async function findMissing(): Promise<Version | undefined> {
    const modelHash = engine.styleLayout?.modelHash
    if (modelHash === undefined) return undefined
    const rows = await client.styleVersion.findMany({
      where: { origin: 'imported', examples: 0, modelHash, style: { disabledAt: null } },
      select: { styleId: true, number: true },
      orderBy: { createdAt: 'asc' },
    })
    const missing = rows.map(({ styleId, number }) => ({ style: asStyleId(styleId), number }))
    return missing.find(version => (tries.get(nameOf(version)) ?? 0) < maxTries)
  }

  async function paintAll({ style, number }: Version): Promise<void> {
    const row = await client.style.findUnique({
      where: { id: style },
      include: { pictures: { select: { caption: true }, orderBy: [{ addedAt: 'asc' }, { id: 'asc' }] } },
    })
    if (!row) return
    const prompts = examplePrompts({
      requested: stringsIn(row.examplePrompts),
      known: engine.info.model.vocabulary?.examples,
      captions: row.pictures.map(({ caption }) => caption),
    })
    const painted = new Map<StylePath, Uint8Array>()
    for (const when of ['before', 'after'] as const) {
      for (const [index, prompt] of prompts.entries()) {
        const used =
          when === 'before' ? [] : await resolver.register([{ style, name: row.name, version: number, weight: 1 }])
        const png = await paint(row.ownerId, prompt, index, used)
        if (!png) return
        painted.set(stylePaths.example(number, when, index), png)
      }
    }
    for (const [path, png] of painted) await folders.write(style, path, png)
    const where = { styleId: style, number }
    const { count } = await client.styleVersion.updateMany({ where, data: { examples: prompts.length } })
    if (count > 0) return changed(style)
    // Deleted meanwhile: then nothing of it may stay.
    const isThere = (await client.style.count({ where: { id: style } })) > 0
    await folders.remove(style, isThere ? stylePaths.version(number) : undefined)
  }

  /** null: it came to nothing, because we close, or because the style is gone or disabled. */
  async function paint(owner: string, prompt: string, index: number, styles: readonly StyleUse[]) {
    if (isClosed) return null
    const { defaults, sizes } = engine.info.model
    const { steps, guidance } = defaults
    painting = engine.paint({
      ...{ owner, priority: 'background', previews: 'none', prompt, seed: exampleSeed(index), steps, guidance },
      ...sizes.default,
      ...(styles.length > 0 && { styles }),
    })
    resolver.retain(styles, painting.ended)
    const end = await painting.ended
    painting = null
    if (end.type !== 'finished') return null
    const [picture] = await moderation.withheld(asPersonId(owner), [end], [prompt])
    return encodeImage(picture!)
  }

  async function run(): Promise<void> {
    while (!isClosed) {
      const missing = await findMissing()
      if (!missing) return
      tries.set(nameOf(missing), (tries.get(nameOf(missing)) ?? 0) + 1)
      await paintAll(missing).catch((err: unknown) => {
        if (!(err instanceof UserError)) log.error({ err, ...missing }, 'Examples of a style could not be painted')
      })
    }
  }

  function begin(): void {
    if (resume === 'none' || isClosed) return
    isDueAgain = true
    running ??= (async () => {
      while (isDueAgain) {
        isDueAgain = false
        await run().catch(logError(log, 'Examples of styles could not be painted'))
      }
      running = null
    })()
  }

  return {
    begin,
    async close() {
      isClosed = true
      painting?.cancel()
      await running
    },
  }
}
