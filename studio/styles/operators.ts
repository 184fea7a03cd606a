import { UserError } from '../../protocol/errors.ts'
import type { StyleParts } from './parts.ts'
import type { Styles } from './styles.ts'
import { clip } from './styleText.ts'

/** What only operators do: take a style out of everybody's hands, and give it back. */
export function createOperators({
  client,
  access,
  resolver,
  now,
  changed,
}: StyleParts): Pick<Styles, 'disable' | 'enable' | 'isOperator'> {
  return {
    async disable(by, style, words) {
      await access.checkOperator(by)
      const data = { disabledAt: now(), disabledReason: clip(words) || null }
      const { count } = await client.style.updateMany({ where: { id: style }, data })
      if (count === 0) throw new UserError('style/missing')
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
      changed(style)
    },

    isOperator: by => access.isOperator(by),
  }
}
