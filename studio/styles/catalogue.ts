import { UserError } from '../../protocol/errors.ts'
import { styleKey } from '../people/joinAccount.ts'
import type { PersonId, StyleId } from '../shared/ids.ts'
import { plain } from '../shared/text.ts'
import type { StyleParts } from './parts.ts'
import { stylePaths } from './styleFolders.ts'
import { errorFor, ownerOf, styleOf, withParts } from './styleRows.ts'
import type { Styles } from './styles.ts'

/** Whoever is not known yet: no row has an empty id. */
const nobody = '' as PersonId

/** Looking for styles, and at them. */
export function createCatalogue({
  engine,
  client,
  folders,
  access,
  views,
}: StyleParts): Pick<Styles, 'list' | 'find' | 'show' | 'readExample' | 'inRoom'> {
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
      if (!nearest) throw new UserError('style/missing')
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

    async inRoom(ids) {
      const rows = await client.style.findMany({ where: { id: { in: [...new Set(ids)] } }, include: withParts })
      return rows
        .filter(row => row.owner !== null)
        .map(row => ({
          id: row.id as StyleId,
          name: row.name,
          owner: ownerOf(row),
          version: row.version,
          error: errorFor(row, engine),
        }))
    },
  }
}
