import type { Engine, StyleEngine } from '../../engine/index.ts'
import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { type ErrorPayload, errorPayload } from '../../protocol/errors.ts'
import type { PersonId, StyleId } from '../shared/ids.ts'
import type { Access } from './access.ts'
import type { Style } from './style.ts'
import { styleOf, withParts } from './styleRows.ts'
import type { StyleViews } from './styleViews.ts'

/** The style of a person's pictures in chat when they name none. */
export interface DefaultStyle {
  /** The style of this person's pictures in chat when they name none; null for no style. */
  setDefault(by: PersonId, style: StyleId | null): Promise<void>
  /** Only if it can be used now. */
  defaultOf(by: PersonId): Promise<Style | null>
  /** Why it cannot be used now; null if it can, or if there is none. */
  defaultProblem(by: PersonId): Promise<{ readonly name: string; readonly error: ErrorPayload } | null>
}

/** The style of a person's pictures in chat when they name none. */
export function createDefaults({
  engine,
  client,
  access,
  views,
}: {
  readonly engine: Engine & StyleEngine
  readonly client: PrismaClient
  readonly access: Access
  readonly views: StyleViews
}): DefaultStyle {
  return {
    async setDefault(by, style) {
      if (style !== null) await access.checkUse(by, style)
      await client.person.update({ where: { id: by }, data: { defaultStyleId: style } })
    },

    async defaultOf(by) {
      const { defaultStyle } = await views.me(by)
      if (defaultStyle === null) return null
      const row = await client.style.findFirst({
        where: { id: defaultStyle, ...(await access.usable(by)) },
        include: withParts,
      })
      if (!row?.owner) return null
      const style = styleOf(row, { id: by, defaultStyle }, engine)
      return style.error === null ? style : null
    },

    async defaultProblem(by) {
      const { defaultStyle } = await views.me(by)
      const row = defaultStyle && (await client.style.findUnique({ where: { id: defaultStyle }, include: withParts }))
      if (!row) return null
      const isTheirs = await client.style.count({ where: { id: row.id, ...(await access.usable(by)) } })
      const error = isTheirs ? styleOf(row, { id: by, defaultStyle }, engine).error : errorPayload('style/missing')
      return error && { name: row.name, error }
    },
  }
}
