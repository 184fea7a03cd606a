import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  type Locale,
  type LocalizationMap,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
} from 'discord.js'
import { type MessageKey, type Messages, messages } from '../../language/chat/index.ts'
import { type Language, languages } from '../../language/languages.ts'
import { createTranslator } from '../../language/translator.ts'
import { limits } from '../../protocol/limits.ts'

/**
 * Commands have names alone; what they say of themselves, and what both are in other languages, is in the catalogue:
 * `name.<name>`, `command.<path>` and `choice.<option>.<value>`.
 */

type Described = 'name_localizations' | 'description' | 'description_localizations'
type Undescribed<T> = T extends unknown ? Omit<T, Described | 'choices'> : never
export type OptionData = Undescribed<APIApplicationCommandBasicOption> & { readonly choices?: readonly string[] }
export interface SubcommandData {
  readonly name: string
  readonly options?: readonly OptionData[]
}
export interface CommandData extends Omit<RESTPostAPIChatInputApplicationCommandsJSONBody, Described | 'options'> {
  readonly options?: readonly OptionData[]
  /** Instead of options of its own. */
  readonly subcommands?: readonly SubcommandData[]
}

/** A command as Discord is told of it. @throws where the catalogue has no words for a part of it */
export function describeCommand(command: CommandData): RESTPostAPIChatInputApplicationCommandsJSONBody {
  const { subcommands = [], options = [], ...data } = command
  const path = `command.${data.name}`
  const inside = [
    ...subcommands.map(
      (one): APIApplicationCommandSubcommandOption => ({
        ...{ type: ApplicationCommandOptionType.Subcommand, ...describedAs(one.name, [`${path}.${one.name}`]) },
        options: (one.options ?? []).map(option => describeOption(option, [`${path}.${one.name}`, path])),
      }),
    ),
    ...options.map(option => describeOption(option, [path])),
  ]
  return { ...data, ...describedAs(data.name, [path]), ...(inside.length ? { options: inside } : {}) }
}

/** An entry of the menu of messages; it is called as it is written. */
export function describeMenuEntry<T extends { readonly name: string }>(data: T) {
  return { ...data, name_localizations: nameIn(data.name) }
}

/** `paths`: of the command that has the option, and of the one that has that. */
function describeOption(option: OptionData, paths: readonly string[]): APIApplicationCommandBasicOption {
  const { choices, ...data } = option
  const { word } = partsOf(data.name)
  const keys = paths.flatMap(path => [`${path}.${data.name}`, `${path}.${word}`])
  const named = (choices ?? []).map(value => {
    const key = keyOf([`choice.${data.name}.${value}`])
    return { name: translators.en(key, limits), name_localizations: inOthers(key), value }
  })
  // Choices are written for options of text alone.
  const described = { ...data, ...describedAs(data.name, keys), ...(choices && { choices: named }) }
  return described as APIApplicationCommandBasicOption
}

function describedAs(name: string, keys: readonly string[]) {
  const key = keyOf(keys)
  const description = translators.en(key, limits)
  return { name, name_localizations: nameIn(name), description, description_localizations: inOthers(key) }
}

/** The first of these keys that there is. */
function keyOf(keys: readonly string[]): MessageKey {
  const found = keys.find((key): key is MessageKey => Object.hasOwn(messages.en, key))
  if (found === undefined) throw new Error(`Expected one of ${keys.join(', ')} in the catalogue, got none`)
  return found
}

/** Our languages as Discord names its locales (reference#locales); English is what is said without. */
const locales: Readonly<Record<Exclude<Language, 'en'>, readonly `${Locale}`[]>> = {
  de: ['de'],
  fr: ['fr'],
  es: ['es-ES', 'es-419'],
  ja: ['ja'],
}

function inOthers(key: MessageKey, suffix = ''): LocalizationMap {
  const others = languages.filter(language => language !== 'en')
  const texts = others.flatMap(language => {
    const text = `${translators[language](key, limits)}${suffix}`
    return locales[language].map(locale => [locale, text] as const)
  })
  return Object.fromEntries(texts)
}

/** `image7` is called as `image` is, with its number. */
function nameIn(name: string): LocalizationMap {
  const { word, number } = partsOf(name)
  return inOthers(keyOf([`name.${word}`]), number)
}

function partsOf(name: string): { word: string; number: string } {
  const [, word = name, number = ''] = /^(.*?)(\d*)$/.exec(name) ?? []
  return { word, number }
}

/** Descriptions are not markdown, and name limits. */
type Say = (key: MessageKey, values: typeof limits) => string
const translators = Object.fromEntries(
  languages.map(language => [language, createTranslator<Messages>(language, messages[language])]),
) as unknown as Record<Language, Say>
