import { exportStyle, importStyleAside, storeStyle } from '../../engine/index.ts'
import { UserError } from '../../protocol/errors.ts'
import { limitConcurrency } from '../shared/limitConcurrency.ts'
import type { StyleMaker } from './createStyle.ts'
import type { StyleParts } from './parts.ts'
import { adapterOf } from './styleResolver.ts'
import type { Styles } from './styles.ts'
import { checkName } from './styleText.ts'
import type { Examples } from './versionExamples.ts'

/** Styles as files of other programs, out and in. */
export function createImportExport(
  parts: StyleParts,
  maker: StyleMaker,
  examples: Examples,
): Pick<Styles, 'exportFile' | 'importFile'> {
  const { engine, client, access, now, oneAtATime, changed, views, checkGuild, checkIdle } = parts
  /** A large file is a core's work for half a minute. */
  const oneFileAtATime = limitConcurrency(1)

  /** A version from a `.safetensors` file, but for its number; and what people should know of how it was read. */
  async function readVersion(bytes: Uint8Array) {
    const layout = engine.styleLayout
    if (!layout) throw new UserError('style/none')
    const { adapter, notes } = await oneFileAtATime(() => importStyleAside(bytes, layout))
    const stored = storeStyle(adapter, layout)
    const version = {
      ...{ origin: 'imported' as const, createdAt: now(), modelHash: layout.modelHash, rank: adapter.rank },
      ...{ targets: layout.targets as unknown as object[], vector: Buffer.from(stored), bytes: stored.length },
      ...{ curve: [], pictures: [], examples: 0 },
    }
    return { version, words: notes.join(' ') || null }
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

    async importFile(by, wish) {
      if ('name' in wish) {
        await checkGuild(wish.guild)
        checkName(wish.name)
        const { version, words } = await readVersion(wish.bytes)
        const style = await maker.make(by, wish.name, { version })
        examples.begin()
        return { ...(await views.detail(by, style)), words }
      }
      await access.checkOwn(by, wish.style)
      await checkIdle(wish.style)
      const { version, words } = await readVersion(wish.bytes)
      // That may take long: by now it may be gone, or learning.
      await access.checkOwn(by, wish.style)
      await checkIdle(wish.style)
      await oneAtATime(() =>
        client.$transaction(async within => {
          const where = { styleId: wish.style }
          const newest = await within.styleVersion.aggregate({ where, _max: { number: true } })
          const number = (newest._max.number ?? 0) + 1
          await within.styleVersion.create({ data: { ...version, styleId: wish.style, number } })
          await within.style.update({ where: { id: wish.style }, data: { version: number } })
        }),
      )
      changed(wish.style)
      examples.begin()
      return { ...(await views.detail(by, wish.style)), words }
    },
  }
}
