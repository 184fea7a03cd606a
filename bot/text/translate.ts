import { type MessageKey, type Messages, messages } from '../../language/chat/index.ts'
import type { Language } from '../../language/languages.ts'
import { createTranslator, type Translate as TranslateOf } from '../../language/translator.ts'

/** Says something of the catalogue (text/messages/) in one language. */
export interface Translate extends TranslateOf<Messages> {
  /** The same text with `/style learn` as a mention, which each reader sees by its name in their own Discord. */
  mentionCommands(text: string): string
}

/** The catalogue in every language. */
export interface Translations {
  in(language: Language): Translate
  /** Once Discord has numbered our commands: by path, such as `style learn`. */
  setCommandIds(ids: ReadonlyMap<string, string>): void
}

export function createTranslations(): Translations {
  let commandIds: ReadonlyMap<string, string> = new Map()
  const known = new Map<Language, Translate>()
  const mentionCommands = (text: string) => withMentions(text, commandIds)
  return {
    in(language) {
      const translate =
        known.get(language) ??
        Object.assign(createTranslator<Messages>(language, messages[language], mentionCommands), { mentionCommands })
      known.set(language, translate)
      return translate
    },
    setCommandIds(ids) {
      commandIds = ids
      // What was read before mentions nothing.
      known.clear()
    },
  }
}

/** A command by its path, outside of code and of addresses. */
const commandPath = /(?<![\w`/<])\/([a-z]+)(?: ([a-z]+))?/g

function withMentions(text: string, ids: ReadonlyMap<string, string>): string {
  return text.replace(commandPath, (whole, name: string, verb = '') => {
    const path = ids.has(`${name} ${verb}`) ? `${name} ${verb}` : name
    const id = ids.get(path)
    return id === undefined ? whole : `</${path}:${id}>${whole.slice(1 + path.length)}`
  })
}

export type { MessageKey }
