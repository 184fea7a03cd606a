import { IntlMessageFormat } from 'intl-messageformat'

interface Part {
  readonly type: number
  readonly value?: string
  readonly options?: Readonly<Record<string, { readonly value: readonly Part[] }>>
}

/** A message as the library reads it that knows all of ICU MessageFormat. */
export const readByLibrary = (message: string, language: string): IntlMessageFormat =>
  new IntlMessageFormat(message, language, undefined, { ignoreTag: true })

/** The values that a message takes, sorted. */
export function valuesOf(message: string, language: string): string[] {
  const found = new Set<string>()
  const visit = (parts: readonly Part[]) => {
    for (const { type, value = '', options = {} } of parts) {
      // Literals and the number sign of a plural are no values.
      if (type !== 0 && type !== 7) found.add(value)
      for (const option of Object.values(options)) visit(option.value)
    }
  }
  // The library types its parts by enums that it does not export.
  visit(readByLibrary(message, language).getAst() as readonly Part[])
  return [...found].sort()
}

/** Whether a message is a sentence, which no two languages say alike; names and figures may be the same. */
export const isSaid = (message: string): boolean =>
  !message.startsWith('/') && /\p{L}{3,} \p{L}{3,}/u.test(message.replace(/\{[^{}]*\}/g, '…'))
