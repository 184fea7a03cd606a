import type { Engine } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { PersonId, StyleId } from '../shared/ids.ts'
import type { Style, StyleDetail } from './style.ts'
import { detailOf, styleOf, withEverything, withParts } from './styleRows.ts'

/** How a style views to a person; whether they may look is checked before. */
export interface StyleViews {
  /** As whom rows are turned into styles. */
  me(by: PersonId): Promise<{ readonly id: PersonId; readonly defaultStyle: string | null }>
  one(by: PersonId, style: StyleId): Promise<Style>
  detail(by: PersonId, style: StyleId): Promise<StyleDetail>
}

/** Views of the rows of the database. */
export function createStyleViews({
  engine,
  client,
}: {
  readonly engine: Engine
  readonly client: PrismaClient
}): StyleViews {
  async function me(by: PersonId) {
    const row = await client.person.findUnique({ where: { id: by }, select: { defaultStyleId: true } })
    return { id: by, defaultStyle: row?.defaultStyleId ?? null }
  }

  async function one(by: PersonId, style: StyleId): Promise<Style> {
    const row = await client.style.findUnique({ where: { id: style }, include: withParts })
    if (!row?.owner) throw new UserError('style/missing')
    return styleOf(row, await me(by), engine)
  }

  async function detail(by: PersonId, style: StyleId): Promise<StyleDetail> {
    const row = await client.style.findUnique({ where: { id: style }, include: withEverything })
    if (!row?.owner) throw new UserError('style/missing')
    return detailOf(row, await me(by), engine)
  }

  return { me, one, detail }
}
