import type { Engine } from '../../engine/engine.ts'
import { importStyleAside } from '../../engine/lora/importing.ts'
import { loadStoredStyle, storeStyle } from '../../engine/lora/storedStyle.ts'
import { exportStyle } from '../../engine/lora/styleFile.ts'
import type { StyleEngine } from '../../engine/styles.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { newId, type Random } from '../chance.ts'
import { openFacts } from '../facts.ts'
import type { FileStore } from '../files.ts'
import { readImage, shrinkImage } from '../images.ts'
import { refusalOf } from '../jobs.ts'
import { styleKey } from '../joining.ts'
import { plain } from '../people.ts'
import type { Presence } from '../programs.ts'
import { Refusal } from '../refusals.ts'
import { openStates } from '../rows.ts'
import type {
  Guilds,
  LearningId,
  NewStylePicture,
  PersonId,
  Sharing,
  Style,
  StyleDetail,
  StyleFact,
  StyleId,
  StyleLimits,
  StylePicture,
  StylePictureId,
  Styles,
} from '../studio.ts'
import { turns } from '../turns.ts'
import { checkPrompt } from '../wish.ts'
import type { Access } from './access.ts'
import { openLearningChat } from './chat.ts'
import { openExamples } from './examples.ts'
import { type StyleFolders, stylePaths } from './folders.ts'
import { openLearnings } from './learnings.ts'
import { detailOf, learningOf, ownerOf, refusalFor, styleOf, withEverything, withParts } from './rows.ts'
import { checkModel, disabled, type StyleUses } from './uses.ts'

export const defaultStyleLimits: StyleLimits = {
  stylesPerPerson: 20,
  picturesPerStyle: 100,
  learnings: 16,
  learningsPerPerson: 2,
}

export interface StylesOptions {
  readonly engine: Engine & StyleEngine
  readonly client: PrismaClient
  readonly files: FileStore
  readonly folders: StyleFolders
  readonly access: Access
  readonly uses: StyleUses
  readonly guilds: Guilds
  readonly presence: Presence
  readonly now: () => Date
  readonly random: Random
  readonly limits: StyleLimits
  readonly resume: 'all' | 'none'
  readonly onBug: (error: unknown) => void
}

/** What runs behind the styles that people see. */
export interface StyleWorks {
  readonly styles: Styles
  recover(): Promise<void>
  close(): Promise<void>
}

/** Longer sides than this hold nothing that a model could learn. */
const maxPictureSide = 1024
const maxExamplePrompts = 4

export function openStyles(options: StylesOptions): StyleWorks {
  const { engine, client, files, folders, access, uses, guilds, presence, now, random, limits, onBug } = options
  const facts = openFacts<LearningId, StyleFact>(onBug)
  const listeners = new Set<(style: StyleId) => void>()
  /** Counting what there is and adding to it is one act. */
  const inTurn = turns(1)
  /** A large file is a core's work for half a minute. */
  const inFileTurn = turns(1)

  function changed(style: StyleId): void {
    for (const listener of [...listeners]) {
      // One that fails must not keep the others from hearing of it.
      try {
        listener(style)
      } catch (error) {
        onBug(error)
      }
    }
  }
  const learnings = openLearnings({ ...options, facts, changed })
  const examples = openExamples({ ...options, changed })

  async function me(by: PersonId) {
    const row = await client.person.findUnique({ where: { id: by }, select: { defaultStyleId: true } })
    return { id: by, defaultStyle: row?.defaultStyleId ?? null }
  }

  async function detail(by: PersonId, style: StyleId): Promise<StyleDetail> {
    const row = await client.style.findUnique({ where: { id: style }, include: withEverything })
    if (!row?.owner) throw new Refusal('style/missing')
    return detailOf(row, await me(by), engine)
  }

  async function one(by: PersonId, style: StyleId): Promise<Style> {
    const row = await client.style.findUnique({ where: { id: style }, include: withParts })
    if (!row?.owner) throw new Refusal('style/missing')
    return styleOf(row, await me(by), engine)
  }

  async function checkGuild(guild: string | undefined): Promise<void> {
    if (guild !== undefined && !(await guilds.switches(guild)).learning) throw new Refusal('guild/learning-off')
  }

  /** Nothing is learned from, or for, a style while it is being learned. */
  async function checkIdle(style: StyleId): Promise<void> {
    const open = await client.learning.count({ where: { styleId: style, state: { in: openStates } } })
    if (open > 0) throw new Refusal('style/learning')
  }

  /** Decoded, checked and written again as any image that somebody brings, and small. */
  async function readPicture(by: PersonId, { caption = '', ...from }: NewStylePicture) {
    const words = checkCaption(caption)
    if ('bytes' in from) {
      const { png } = await readImage(from.bytes)
      return { caption: words, ...(await shrinkImage(png, maxPictureSide)) }
    }
    const row = await client.picture.findUnique({
      where: { id: from.picture },
      select: { file: true, recipe: true, ask: { select: { ownerId: true } } },
    })
    if (row?.ask?.ownerId !== by) throw new Refusal('style/picture-foreign')
    const png = row.file === null ? null : await files.read(row.file as Parameters<FileStore['read']>[0])
    if (!png) throw new Refusal('picture/unfinished')
    const { prompt } = row.recipe as { prompt: string }
    return { caption: words || clip(prompt), ...(await shrinkImage(png, maxPictureSide)) }
  }
  type ReadPicture = Awaited<ReturnType<typeof readPicture>>

  /** Files first: a row always has its picture. What nothing names in the end is deleted again. */
  async function storePictures(style: StyleId, pictures: readonly ReadPicture[]) {
    const addedAt = now().getTime()
    const rows = pictures.map(({ caption, width, height }, index) => ({
      ...{ id: newId<StylePictureId>(random), caption, width, height },
      // In the order in which they were given.
      addedAt: new Date(addedAt + index),
    }))
    for (const [index, { id }] of rows.entries()) {
      await folders.write(style, stylePaths.picture(id), pictures[index]!.png)
    }
    return rows
  }

  /** A style with its pictures, or with a vector that somebody brought. */
  async function make(
    by: PersonId,
    name: string,
    parts: {
      readonly pictures?: readonly ReadPicture[]
      readonly vector?: Awaited<ReturnType<typeof readVector>>['vector']
    },
  ): Promise<StyleId> {
    const shown = checkName(name)
    const id = newId<StyleId>(random)
    const pictures = await storePictures(id, parts.pictures ?? [])
    const { vector } = parts
    try {
      await inTurn(() =>
        client.$transaction(async within => {
          const mine = await within.style.findMany({ where: { ownerId: by }, select: { nameKey: true } })
          if (mine.length >= limits.stylesPerPerson) throw new Refusal('style/count')
          if (mine.some(({ nameKey }) => nameKey === styleKey(shown))) throw new Refusal('style/name-taken')
          await within.style.create({
            data: {
              ...{ id, name: shown, nameKey: styleKey(shown), ownerId: by, createdAt: now(), examplePrompts: [] },
              pictures: { create: pictures },
              ...(vector && { version: 1, versions: { create: { ...vector, number: 1 } } }),
            },
          })
        }),
      )
    } catch (error) {
      await folders.remove(id)
      throw error
    }
    return id
  }

  /** A version from a `.safetensors` file, but for its number; and what people should know of how it was read. */
  async function readVector(bytes: Uint8Array) {
    const layout = engine.styleLayout
    if (!layout) throw new Refusal('style/none')
    try {
      const { adapter, reduction } = await inFileTurn(() => importStyleAside(bytes, layout))
      const stored = storeStyle(adapter, layout)
      const vector = {
        ...{ origin: 'imported' as const, createdAt: now(), modelHash: layout.modelHash, rank: adapter.rank },
        ...{ targets: layout.targets as unknown as object[], vector: Buffer.from(stored), bytes: stored.length },
        ...{ curve: [], pictures: [], examples: 0 },
      }
      return { vector, words: reduction?.words ?? null }
    } catch (error) {
      throw refusalOf(error)
    }
  }

  const styles: Styles = {
    limits,
    get refusal() {
      if (engine.styleLayout) return null
      const { code, words } = new Refusal('style/none')
      return { code, words }
    },

    async create(by, { name, pictures = [], guild }) {
      await checkGuild(guild)
      checkName(name)
      if (pictures.length > limits.picturesPerStyle) throw new Refusal('style/pictures-many')
      const read: ReadPicture[] = []
      for (const picture of pictures) read.push(await readPicture(by, picture))
      return detail(by, await make(by, name, { pictures: read }))
    },

    async addPictures(by, style, pictures) {
      await access.checkOwn(by, style)
      await checkIdle(style)
      const read: ReadPicture[] = []
      for (const picture of pictures) read.push(await readPicture(by, picture))
      const rows = await storePictures(style, read)
      try {
        await inTurn(() =>
          client.$transaction(async within => {
            const count = await within.stylePicture.count({ where: { styleId: style } })
            if (count + rows.length > limits.picturesPerStyle) throw new Refusal('style/pictures-many')
            if ((await within.style.count({ where: { id: style } })) === 0) throw new Refusal('style/missing')
            await within.stylePicture.createMany({ data: rows.map(row => ({ ...row, styleId: style })) })
          }),
        )
      } catch (error) {
        const isThere = (await client.style.count({ where: { id: style } })) > 0
        if (isThere) for (const { id } of rows) await folders.remove(style, stylePaths.picture(id))
        else await folders.remove(style)
        throw error
      }
      changed(style)
      return rows.map(({ addedAt: _, ...picture }): StylePicture => picture)
    },

    async setCaption(by, style, picture, caption) {
      await access.checkOwn(by, style)
      const where = { id: picture, styleId: style }
      const { count } = await client.stylePicture.updateMany({ where, data: { caption: checkCaption(caption) } })
      if (count === 0) throw new Refusal('style/picture-missing')
    },

    async removePicture(by, style, picture) {
      await access.checkOwn(by, style)
      await checkIdle(style)
      const { count } = await client.stylePicture.deleteMany({ where: { id: picture, styleId: style } })
      if (count === 0) throw new Refusal('style/picture-missing')
      await folders.remove(style, stylePaths.picture(picture))
      changed(style)
    },

    async learn(by, style, { method, steps, guild, chat } = {}) {
      await access.checkOwn(by, style)
      await checkGuild(guild)
      const { styleLayout } = engine
      if (!styleLayout) throw new Refusal('style/none')
      const id = newId<LearningId>(random)
      const askedAt = now()
      const row = await inTurn(() =>
        client.$transaction(async within => {
          const known = await within.style.findUnique({
            where: { id: style },
            select: {
              disabledAt: true,
              disabledWords: true,
              pictures: { orderBy: [{ addedAt: 'asc' }, { id: 'asc' }] },
            },
          })
          if (!known) throw new Refusal('style/missing')
          if (known.disabledAt) throw disabled(known.disabledWords)
          if (known.pictures.length === 0) throw new Refusal('style/pictures-few')
          const open = await within.learning.findMany({
            where: { state: { in: openStates } },
            select: { styleId: true, style: { select: { ownerId: true } } },
          })
          if (open.some(({ styleId }) => styleId === style)) throw new Refusal('style/learning')
          if (open.length >= limits.learnings) throw new Refusal('style/busy')
          const yours = open.filter(one => one.style?.ownerId === by)
          if (yours.length >= limits.learningsPerPerson) throw new Refusal('style/busy-yours')
          await presence.sign(within)
          const row = await within.learning.create({
            data: {
              ...{ id, styleId: style, state: 'asked', askedAt, programId: presence.id },
              ...{ modelHash: styleLayout.modelHash, pictures: known.pictures.map(picture => picture.id) },
              recipe: { ...(method && { method }), ...(steps !== undefined && { steps }) },
            },
          })
          if (chat) await within.learningReply.create({ data: { learningId: id, createdAt: askedAt, ...chat } })
          return row
        }),
      )
      learnings.start(row, by)
      changed(style)
      return learningOf(row, by)
    },

    async cancel(by, style) {
      await access.checkOwn(by, style)
      const open = await client.learning.findMany({ where: { styleId: style, state: { in: openStates } } })
      const ids = open.map(({ id }) => id)
      const { count } = await client.learning.updateMany({
        where: { id: { in: ids }, state: { in: openStates } },
        data: { state: 'cancelled', finishedAt: now() },
      })
      if (count === 0) throw new Refusal('style/not-learning')
      learnings.stop(ids)
      for (const id of ids) {
        await folders.remove(style, stylePaths.checkpoint(id as LearningId))
        const learning = await styles.findLearning(id as LearningId)
        if (learning?.state === 'cancelled') facts.tell(learning.id, { type: 'ended', learning })
      }
      changed(style)
    },

    watch(learning, listener) {
      const early: StyleFact[] = learnings.progressOf(learning)
      let isTold = false
      let hasEnded = false
      const tell = (fact: StyleFact) => {
        if (hasEnded) return
        hasEnded = fact.type === 'ended'
        listener(fact)
      }
      const stop = facts.listen(learning, fact => (isTold ? tell(fact) : early.push(fact)))
      // What is being learned here is known at once; what has ended, the rows know.
      void styles
        .findLearning(learning)
        .then(known => {
          isTold = true
          for (const fact of early) tell(fact)
          if (known && !openStates.some(state => state === known.state)) tell({ type: 'ended', learning: known })
        })
        .catch(onBug)
      return () => {
        hasEnded = true
        stop()
      }
    },

    async findLearning(id) {
      const row = await client.learning.findUnique({ where: { id }, include: { style: { select: { ownerId: true } } } })
      return row?.style ? learningOf(row, row.style.ownerId) : null
    },

    async list(by, { guild, own = false, usable = false } = {}) {
      const rows = await client.style.findMany({
        where: own ? { ownerId: by } : await access.usable(by, guild),
        include: withParts,
        orderBy: { nameKey: 'asc' },
      })
      const person = await me(by)
      return rows
        .filter(row => row.owner !== null)
        .map(row => styleOf(row, person, engine))
        .filter(style => !usable || style.refusal === null)
        .sort((a, b) => Number(b.isMine) - Number(a.isMine))
    },

    async find(by, idOrName, { guild } = {}) {
      const known = await client.style.findUnique({ where: { id: idOrName }, select: { id: true } })
      if (known) {
        await access.checkSee(by, known.id as StyleId)
        return one(by, known.id as StyleId)
      }
      const rows = await client.style.findMany({
        where: { nameKey: styleKey(plain(idOrName)), ...(await access.usable(by, guild)) },
        select: { id: true, ownerId: true, sharing: true },
        orderBy: { createdAt: 'asc' },
      })
      // Your own before your server's before everyone's.
      const nearness = (row: (typeof rows)[number]) => (row.ownerId === by ? 0 : row.sharing === 'everyone' ? 2 : 1)
      const nearest = rows.sort((a, b) => nearness(a) - nearness(b))[0]
      if (!nearest) throw new Refusal('style/missing')
      return one(by, nearest.id as StyleId)
    },

    async show(by, style) {
      await access.checkSee(by, style)
      return detail(by, style)
    },

    async readExample(by, style, version, when, index) {
      await access.checkSee(by, style)
      const row = await client.styleVersion.findUnique({
        where: { styleId_number: { styleId: style, number: version } },
        select: { examples: true },
      })
      if (!row || !Number.isInteger(index) || index < 0 || index >= row.examples) return null
      return folders.read(style, stylePaths.example(version, when, index))
    },

    async readPicture(by, style, picture) {
      await access.checkOwn(by, style)
      const row = await client.stylePicture.findUnique({ where: { id: picture, styleId: style }, select: { id: true } })
      return row && folders.read(style, stylePaths.picture(row.id as StylePictureId))
    },

    async rename(by, style, name) {
      await access.checkOwn(by, style)
      const shown = checkName(name)
      const nameKey = styleKey(shown)
      await inTurn(() =>
        client.$transaction(async within => {
          const taken = await within.style.count({ where: { ownerId: by, nameKey, id: { not: style } } })
          if (taken > 0) throw new Refusal('style/name-taken')
          await within.style.updateMany({ where: { id: style }, data: { name: shown, nameKey } })
        }),
      )
      changed(style)
    },

    async share(by, style, sharing: Sharing) {
      await access.checkOwn(by, style)
      await access.checkSharing(by, sharing)
      await client.style.updateMany({ where: { id: style }, data: { sharing } })
      changed(style)
    },

    async chooseExamples(by, style, prompts) {
      await access.checkOwn(by, style)
      if (prompts.length > maxExamplePrompts) throw new Refusal('style/examples')
      await client.style.updateMany({ where: { id: style }, data: { examplePrompts: prompts.map(checkPrompt) } })
    },

    async restore(by, style, version) {
      await access.checkOwn(by, style)
      const row = await client.styleVersion.findUnique({
        where: { styleId_number: { styleId: style, number: version } },
        select: { modelHash: true },
      })
      if (!row) throw new Refusal('style/version')
      checkModel(engine, row.modelHash)
      await client.style.updateMany({ where: { id: style }, data: { version } })
      changed(style)
    },

    async remove(by, style) {
      await access.checkOwn(by, style)
      const open = await client.learning.findMany({
        where: { styleId: style, state: { in: openStates } },
        include: { style: { select: { ownerId: true } } },
      })
      await client.style.deleteMany({ where: { id: style } })
      learnings.stop(open.map(({ id }) => id))
      uses.forget(style)
      await folders.remove(style)
      const state = 'cancelled'
      for (const row of open) {
        const learning = { ...learningOf(row, by), state, finishedAt: now() } as const
        facts.tell(learning.id, { type: 'ended', learning })
      }
      changed(style)
    },

    async setDefault(by, style) {
      if (style !== null) await access.checkUse(by, style)
      await client.person.update({ where: { id: by }, data: { defaultStyleId: style } })
    },

    async defaultOf(by) {
      const { defaultStyle } = await me(by)
      if (defaultStyle === null) return null
      const row = await client.style.findFirst({
        where: { id: defaultStyle, ...(await access.usable(by)) },
        include: withParts,
      })
      if (!row?.owner) return null
      const style = styleOf(row, { id: by, defaultStyle }, engine)
      return style.refusal === null ? style : null
    },

    async exportFile(by, style) {
      await access.checkOwn(by, style)
      const { styleLayout } = engine
      const row = await client.style.findUnique({ where: { id: style }, select: { name: true, version: true } })
      if (!row) throw new Refusal('style/missing')
      if (row.version === null) throw new Refusal('style/unlearned')
      const version = await client.styleVersion.findUniqueOrThrow({
        where: { styleId_number: { styleId: style, number: row.version } },
        select: { vector: true, modelHash: true },
      })
      checkModel(engine, version.modelHash)
      const adapter = loadStoredStyle(version.vector, styleLayout!)
      return {
        bytes: exportStyle(adapter, styleLayout!, { name: row.name }),
        fileName: `${row.name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '') || 'style'}.safetensors`,
      }
    },

    async importFile(by, wish) {
      if ('name' in wish) {
        await checkGuild(wish.guild)
        checkName(wish.name)
        const { vector, words } = await readVector(wish.bytes)
        const style = await make(by, wish.name, { vector })
        examples.begin()
        return { ...(await detail(by, style)), words }
      }
      await access.checkOwn(by, wish.style)
      await checkIdle(wish.style)
      const { vector, words } = await readVector(wish.bytes)
      // That may take long: by now it may be gone, or learning.
      await access.checkOwn(by, wish.style)
      await checkIdle(wish.style)
      await inTurn(() =>
        client.$transaction(async within => {
          const where = { styleId: wish.style }
          const newest = await within.styleVersion.aggregate({ where, _max: { number: true } })
          const number = (newest._max.number ?? 0) + 1
          await within.styleVersion.create({ data: { ...vector, styleId: wish.style, number } })
          await within.style.update({ where: { id: wish.style }, data: { version: number } })
        }),
      )
      changed(wish.style)
      examples.begin()
      return { ...(await detail(by, wish.style)), words }
    },

    async disable(by, style, words) {
      await access.checkOperator(by)
      const data = { disabledAt: now(), disabledWords: clip(words) || null }
      const { count } = await client.style.updateMany({ where: { id: style }, data })
      if (count === 0) throw new Refusal('style/missing')
      uses.forget(style)
      changed(style)
    },

    async enable(by, style) {
      await access.checkOperator(by)
      const { count } = await client.style.updateMany({
        where: { id: style },
        data: { disabledAt: null, disabledWords: null },
      })
      if (count === 0) throw new Refusal('style/missing')
      changed(style)
    },

    isOperator: by => access.isOperator(by),
    checkUse: async (by, style) => {
      await uses.resolve(by, [{ style }])
    },

    async inRoom(ids) {
      const rows = await client.style.findMany({ where: { id: { in: [...new Set(ids)] } }, include: withParts })
      return rows
        .filter(row => row.owner !== null)
        .map(row => ({
          id: row.id as StyleId,
          name: row.name,
          owner: ownerOf(row),
          version: row.version,
          refusal: refusalFor(row, engine),
        }))
    },

    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },

    chat: openLearningChat({ client, now }),
  }

  return {
    styles,
    async recover() {
      await learnings.recover()
      await uses.prune()
      examples.begin()
    },
    async close() {
      await Promise.all([learnings.close(), examples.close()])
    },
  }
}

function checkName(name: string): string {
  const shown = plain(name)
  // Colons and commas stand between styles and their weights on the command line.
  if (shown === '' || [...shown].length > 40 || /[:,]/.test(shown)) throw new Refusal('style/name')
  return shown
}

const maxCaptionCharacters = 200

function checkCaption(caption: string): string {
  const words = plain(caption)
  if ([...words].length > maxCaptionCharacters) throw new Refusal('style/caption')
  return words
}

function clip(words: string): string {
  return [...plain(words)].slice(0, maxCaptionCharacters).join('')
}
