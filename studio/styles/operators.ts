import type { PrismaClient } from '../../prisma/client/sqlite/client.ts'
import { UserError } from '../../protocol/errors.ts'
import type { Audit } from '../moderation/audit.ts'
import type { PersonId, StyleId } from '../shared/ids.ts'
import type { Access } from './access.ts'
import type { StyleResolver } from './styleResolver.ts'
import { clip } from './styleText.ts'

/** What only operators do: take a style out of everybody's hands, and give it back. Each is a row of the audit. */
export interface StyleOperators {
  /** Operators: nobody can use it any more, anywhere, until it is enabled again. */
  disable(by: PersonId, style: StyleId, reason: string): Promise<void>
  enable(by: PersonId, style: StyleId): Promise<void>
  isOperator(by: PersonId): Promise<boolean>
}

/** What only operators do: take a style out of everybody's hands, and give it back. */
export function createOperators({
  client,
  access,
  resolver,
  changed,
  audit,
  now,
}: {
  readonly client: PrismaClient
  readonly access: Access
  readonly resolver: StyleResolver
  readonly changed: (style: StyleId) => void
  readonly audit: Audit
  readonly now: () => Date
}): StyleOperators {
  return {
    async disable(by, style, reason) {
      await access.checkOperator(by)
      const data = { disabledAt: now(), disabledReason: clip(reason) || null }
      const { count } = await client.style.updateMany({ where: { id: style }, data })
      if (count === 0) throw new UserError('style/missing')
      await audit.note({ actor: by, action: 'stopped', kind: 'style', subject: style, detail: clip(reason) })
      resolver.forget(style)
      changed(style)
    },

    async enable(by, style) {
      await access.checkOperator(by)
      const { count } = await client.style.updateMany({
        where: { id: style },
        data: { disabledAt: null, disabledReason: null },
      })
      if (count === 0) throw new UserError('style/missing')
      await audit.note({ actor: by, action: 'resumed', kind: 'style', subject: style })
      changed(style)
    },

    isOperator: by => access.isOperator(by),
  }
}
