import type { Language } from './languages.ts'
import { readMessage, type Values } from './messageFormat.ts'

/** Messages of one language by key, in ICU MessageFormat (unicode-org.github.io/icu/userguide/format_parse/messages). */
export type Messages = Readonly<Record<string, string>>

/**
 * The values that a message takes, from its text: `{name}`, `{count, plural, …}`, `{share, number}`. What stands in the
 * branches of a plural is no value as long as it has a space or a `#`, so write `one {# picture}`.
 */
export type ValuesOf<Message extends string> = {
  readonly [Argument in ArgumentsOf<Message> as Argument[0]]: Argument[1] extends 'plural' | 'number'
    ? number
    : string | number
}
type ArgumentsOf<Message extends string> = Message extends `${string}{${infer Rest}`
  ? ArgumentOf<Rest> | ArgumentsOf<Rest>
  : never
type ArgumentOf<Rest extends string> = Rest extends `${infer Head}}${string}`
  ? Head extends `${infer Name}, ${infer Kind}`
    ? Named<Name, Kind extends `${infer First}, ${string}` ? First : Kind>
    : Named<Head, 'text'>
  : never
type Named<Name extends string, Kind> = Name extends `${string} ${string}` | `${string}#${string}` | ''
  ? never
  : [Name, Kind]

/** Says something: by its key, with the values that its message takes. */
export type Say<M extends Messages> = <Key extends keyof M & string>(
  key: Key,
  ...values: ArgumentsOf<M[Key]> extends never ? [] : [ValuesOf<M[Key]>]
) => string

/** The keys of messages that take no values: what holds a key to be said later, holds one of these. */
export type PlainKey<M extends Messages> = {
  [Key in keyof M]: ArgumentsOf<M[Key]> extends never ? Key : never
}[keyof M]

/** Says something in one language. */
export interface Translate<M extends Messages> extends Say<M> {
  readonly language: Language
}

/** `edit` changes each message before it is read, as its author wrote it. A message that is missing is said by its key. */
export function createTranslator<M extends Messages>(
  language: Language,
  messages: Readonly<Partial<Record<keyof M, string>>>,
  edit: (message: string) => string = message => message,
): Translate<M> {
  // Most are never said, and reading one takes longer than filling it in.
  const known = new Map<string, ReturnType<typeof readMessage>>()
  const read = (key: keyof M & string) => {
    const message = known.get(key) ?? readMessage(edit(messages[key] ?? key), language)
    known.set(key, message)
    return message
  }
  const translate = (key: keyof M & string, values?: Values) => read(key)(values)
  return Object.assign(translate, { language }) as Translate<M>
}
