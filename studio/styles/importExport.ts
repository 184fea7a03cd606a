import type { Engine, ImportChanges, StyleEngine } from '../../engine/index.ts'
import { exportStyle, importStyleAside, storeStyle } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { Taken } from '../budgets/budgets.ts'
import type { PersonId, StyleId } from '../shared/ids.ts'
import type { Limit } from '../shared/limitConcurrency.ts'
import { limitConcurrency } from '../shared/limitConcurrency.ts'
import type { Access } from './access.ts'
import type { StyleMaker } from './createStyle.ts'
import type { StyleDetail } from './style.ts'
import { adapterOf } from './styleResolver.ts'
import { checkName } from './styleText.ts'
import type { StyleViews } from './styleViews.ts'
import type { Examples } from './versionExamples.ts'

/** A style file's bytes, or what reads them when their turn comes. */
export type StyleFile = Uint8Array | (() => Promise<Uint8Array>)

/** Styles as files of other programs, out and in. */
export interface ImportExport {
  /** The version in use as `.safetensors` with diffusers' names, with a name for the file. */
  exportFile(by: PersonId, style: StyleId): Promise<{ bytes: Uint8Array; fileName: string }>
  /**
   * A `.safetensors` file of PEFT, diffusers or kohya becomes a style, or the next version of one of this person's.
   * `peftConfig`: the text of the `adapter_config.json` beside it. `notes`: what was left out of it or had to be
   * assumed, in sentences; null if it was taken as it is.
   */
  importFile(
    by: PersonId,
    file: { bytes: StyleFile; peftConfig?: string } & ({ name: string; guild?: string } | { style: StyleId }),
  ): Promise<StyleDetail & { readonly notes: string | null; readonly changes: ImportChanges }>
}

/** Styles as files of other programs, out and in. */
export function createImportExport({
  engine,
  client,
  access,
  maker,
  examples,
  views,
  oneAtATime,
  admit,
  changed,
  now,
}: {
  readonly engine: Engine & StyleEngine
  readonly client: PrismaClient
  readonly access: Access
  readonly maker: StyleMaker
  readonly examples: Examples
  readonly views: StyleViews
  readonly oneAtATime: Limit
  /** Refuses to let this person bring so many bytes; otherwise they are counted until they are released. */
  readonly admit: (by: PersonId, bytes: number) => Promise<Taken>
  readonly changed: (style: StyleId) => void
  readonly now: () => Date
}): ImportExport {
  /** A large file is a core's work for half a minute. */
  const oneFileAtATime = limitConcurrency(1)

  /** A version from a `.safetensors` file, but for its number; and what people should know of how it was read. */
  async function readVersion(by: PersonId, { bytes, peftConfig }: { bytes: StyleFile; peftConfig?: string }) {
    const layout = engine.styleLayout
    if (!layout) throw new UserError('style/none')
    const { adapter, notes, changes } = await oneFileAtATime(async () =>
      importStyleAside({ bytes: typeof bytes === 'function' ? await bytes() : bytes, layout, peftConfig }),
    )
    const stored = storeStyle(adapter, layout)
    const taken = await admit(by, stored.length)
    const version = {
      ...{ origin: 'imported' as const, createdAt: now(), modelHash: layout.modelHash, rank: adapter.rank },
      ...{ targets: layout.targets as unknown as object[], vector: Buffer.from(stored), bytes: stored.length },
      ...{ curve: [], pictures: [], examples: 0 },
    }
    return { version, taken, read: { notes: notes.join(' ') || null, changes } }
  }

  return {
    async exportFile(by, style) {
      await access.checkOwn(by, style)
      const { styleLayout } = engine
      const row = await client.style.findUnique({ where: { id: style }, select: { name: true, version: true } })
      if (!row) throw new UserError('style/missing')
      if (row.version === null) throw new UserError('style/unlearned')
      const version = await client.styleVersion.findUniqueOrThrow({
        where: { styleId_number: { styleId: style, number: row.version } },
        select: { vector: true, modelHash: true, targets: true },
      })
      const adapter = adapterOf(engine, version)
      return {
        bytes: exportStyle(adapter, styleLayout!, { name: row.name }),
        fileName: `${row.name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '') || 'style'}.safetensors`,
      }
    },

    async importFile(by, file) {
      if ('name' in file) {
        await access.checkLearningAllowed(file.guild)
        checkName(file.name)
        const { version, taken, read } = await readVersion(by, file)
        const style = await maker.make(by, file.name, { version }).finally(taken.release)
        examples.begin()
        return { ...(await views.detail(by, style)), ...read }
      }
      await access.checkOwn(by, file.style)
      await access.checkIdle(file.style)
      const { version, taken, read } = await readVersion(by, file)
      try {
        // That may take long: by now it may be gone, or learning.
        await access.checkOwn(by, file.style)
        await access.checkIdle(file.style)
        await oneAtATime(() =>
          client.$transaction(async within => {
            const where = { styleId: file.style }
            const newest = await within.styleVersion.aggregate({ where, _max: { number: true } })
            const number = (newest._max.number ?? 0) + 1
            await within.styleVersion.create({ data: { ...version, styleId: file.style, number } })
            await within.style.update({ where: { id: file.style }, data: { version: number } })
          }),
        )
      } finally {
        await taken.release()
      }
      changed(file.style)
      examples.begin()
      return { ...(await views.detail(by, file.style)), ...read }
    },
  }
}
