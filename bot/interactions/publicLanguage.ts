import { languageFor } from '../../language/languages.ts'
import type { Studio } from '../../studio/studio.ts'
import type { Translations } from '../text/translate.ts'
import type { Bot } from './bot.ts'

/** What everybody reads: in the language that the server has chosen here, else that it has in Discord, else the person's. */
export function createTranslateFor(
  { guildOffice }: Studio,
  translations: Translations,
  /** That of a server in Discord, as far as we know it. */
  localeOf: (guildId: string) => string | undefined,
): Bot['translateFor'] {
  return async ({ guildId, locale }) => {
    const chosen = guildId === null ? null : (await guildOffice.settings.read(guildId)).language
    const ofServer = guildId === null ? undefined : localeOf(guildId)
    return translations.in(chosen ?? languageFor(locale) ?? languageFor(ofServer) ?? 'en')
  }
}
