import type { StyleParts } from './parts.ts'
import { styleOf, withParts } from './styleRows.ts'
import type { Styles } from './styles.ts'

/** The style of a person's pictures in chat when they name none. */
export function createDefaults({
  engine,
  client,
  access,
  views,
}: StyleParts): Pick<Styles, 'setDefault' | 'defaultOf'> {
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
  }
}
