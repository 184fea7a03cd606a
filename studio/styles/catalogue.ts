import type { Engine, StyleEngine } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import { styleKey } from '../people/joinAccount.ts'
import { asPersonId, asStyleId, type PersonId, type StyleId } from '../shared/ids.ts'
import { plain } from '../shared/text.ts'
import type { Access } from './access.ts'
import type { Style, StyleDetail, StyleInRoom } from './style.ts'
import type { StyleFolders } from './styleFolders.ts'
import { stylePaths } from './styleFolders.ts'
import { errorFor, ownerOf, styleOf, withParts } from './styleRows.ts'
import type { StyleViews } from './styleViews.ts'

/** Looking for styles, and at them. */
export interface StyleCatalogue {
  /** What this person may use (`usable` only: and can, at this moment), own ones first. `guild` leaves out other servers'. */
  list(by: PersonId | null, where?: { guild?: string; own?: boolean; usable?: boolean }): Promise<Style[]>
  /** By id, or by name (own ones before shared ones; in any case of letters). Refuses what this person may not see. */
  find(by: PersonId, idOrName: string, where?: { guild?: string }): Promise<Style>
  show(by: PersonId, style: StyleId): Promise<StyleDetail>
  /** PNG bytes of an example picture (before: without the style), or null. */
  readExample(
    by: PersonId,
    style: StyleId,
    version: number,
    when: 'before' | 'after',
    index: number,
  ): Promise<Uint8Array | null>
  /**
   * What a frame's styles are at this moment, for everybody in its room; unknown ones are left out. Nothing is checked:
   * who stands in a room sees the names of the styles in its frames.
   */
  inRoom(styles: readonly StyleId[]): Promise<StyleInRoom[]>
}

/** Whoever is not known yet: no row has an empty id. */
const nobody = asPersonId('')

/** Looking for styles, and at them. */
export function createCatalogue({
  engine,
  client,
  folders,
  access,
  views,
}: {
  readonly engine: Engine & StyleEngine
  readonly client: PrismaClient
  readonly folders: StyleFolders
  readonly access: Access
  readonly views: StyleViews
}): StyleCatalogue {
  const { me, one, detail } = views

  return {
    async list(reader, { guild, own = false, usable = false } = {}) {
      const by = reader ?? nobody
      const rows = await client.style.findMany({
        where: own ? { ownerId: by } : await access.usable(by, guild),
        include: withParts,
        orderBy: { nameKey: 'asc' },
      })
      const person = await me(by)
      return rows
        .filter(row => row.owner !== null)
        .map(row => styleOf(row, person, engine))
        .filter(style => !usable || style.error === null)
        .sort((a, b) => Number(b.isMine) - Number(a.isMine))
    },

    async find(by, idOrName, { guild } = {}) {
      const known = await client.style.findUnique({ where: { id: idOrName }, select: { id: true } })
      if (known) {
        await access.checkSee(by, asStyleId(known.id))
        return one(by, asStyleId(known.id))
      }
      const rows = await client.style.findMany({
        where: { nameKey: styleKey(plain(idOrName)), ...(await access.usable(by, guild)) },
        select: { id: true, ownerId: true, sharing: true },
        orderBy: { createdAt: 'asc' },
      })
      // Your own before your server's before everyone's.
      const nearness = (row: (typeof rows)[number]) => (row.ownerId === by ? 0 : row.sharing === 'everyone' ? 2 : 1)
      const nearest = rows.sort((a, b) => nearness(a) - nearness(b))[0]
      if (!nearest) throw new UserError('style/missing')
      return one(by, asStyleId(nearest.id))
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

    async inRoom(ids) {
      const rows = await client.style.findMany({ where: { id: { in: [...new Set(ids)] } }, include: withParts })
      return rows
        .filter(row => row.owner !== null)
        .map(row => ({
          id: asStyleId(row.id),
          name: row.name,
          owner: ownerOf(row),
          version: row.version,
          error: errorFor(row, engine),
        }))
    },
  }
}
