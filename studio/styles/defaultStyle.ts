import type { Engine, StyleEngine } from '../../engine/index.ts'
import type { Prisma, PrismaClient } from '../../prisma/client/sqlite/client.ts'
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
  defaultProblem(by: PersonId): Promise<DefaultProblem | null>
}

/** Why the pictures of somebody are painted without their default style. */
export interface DefaultProblem {
  /** null: it went with its owner. */
  readonly name: string | null
  readonly error: ErrorPayload
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
      await client.person.update({ where: { id: by }, data: { defaultStyleId: style, lostDefaultStyle: null } })
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
      if (!row) return lostDefault(client, by)
      const isTheirs = await client.style.count({ where: { id: row.id, ...(await access.usable(by)) } })
      const error = isTheirs ? styleOf(row, { id: by, defaultStyle }, engine).error : errorPayload('style/missing')
      return error && { name: row.name, error }
    },
  }
}

/**
 * Notes for all whose default these styles are, but for their owner, that they lose it. Call it in the transaction that
 * deletes the styles; `name`: null where nobody is to know it any more.
 */
export async function noteLostDefaults(
  within: Prisma.TransactionClient,
  owner: PersonId,
  { styles, name }: { readonly styles: readonly string[]; readonly name: string | null },
): Promise<void> {
  await within.person.updateMany({
    where: { defaultStyleId: { in: [...styles] }, id: { not: owner } },
    data: { lostDefaultStyle: name ?? '' },
  })
}

async function lostDefault(client: PrismaClient, by: PersonId): Promise<DefaultProblem | null> {
  const person = await client.person.findUnique({ where: { id: by }, select: { lostDefaultStyle: true } })
  const name = person?.lostDefaultStyle ?? null
  return name === null ? null : { name: name || null, error: errorPayload('style/deleted') }
}
