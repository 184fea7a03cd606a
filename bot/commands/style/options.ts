import {
  ApplicationCommandOptionType,
  type AutocompleteInteraction,
  type ChatInputCommandInteraction,
} from 'discord.js'
import { UserError } from '../../../protocol/errors.ts'
import type { PersonId, Style } from '../../../studio/studio.ts'
import type { Bot, Caller, InteractionContext } from '../../interactions/bot.ts'
import type { AutocompleteChoices, Command } from '../../interactions/command.ts'
import type { OptionData } from '../../text/describe.ts'
import { escapeMarkdown } from '../../text/markdown.ts'

/** The option that names a style. */
export function styleOption({ required = true } = {}): OptionData {
  return { name: 'name', type: ApplicationCommandOptionType.String, required, max_length: 100, autocomplete: true }
}

/** The style that the option `name` means to this person; refuses what they may not see. */
export async function namedStyle(
  interaction: ChatInputCommandInteraction,
  by: PersonId,
  { where }: Caller,
  { studio }: Bot,
): Promise<Style> {
  return findStyle(studio, by, interaction.options.getString('name', true), where)
}

/** The style of this name or id, as this person may use it; a refusal names it. */
export async function findStyle(
  { styles }: Bot['studio'],
  by: PersonId,
  name: string,
  where: Caller['where'],
): Promise<Style> {
  try {
    return await styles.find(by, name, where)
  } catch (cause) {
    if (!(cause instanceof UserError && cause.code === 'style/missing')) throw cause
    throw new UserError('chat/style', undefined, { values: { name: escapeMarkdown(name, 40) }, cause })
  }
}

type Suggest = NonNullable<Command['autocomplete']>

/** Styles of this person alone, for what only their owner may do. */
export const suggestOwn: Suggest = context => suggestions(context, { own: true })

/** Everything that this person may use. */
export const suggestAll: Suggest = context => suggestions(context, context.caller.where)

/** For a mix: completes what stands behind the last comma. `none` stands for no style at all. */
export const suggestMix: Suggest = async context => {
  const typed = context.interaction.options.getFocused()
  const start = typed.lastIndexOf(',') + 1
  const before = start ? `${typed.slice(0, start)} ` : ''
  const found = await suggestions(context, { ...context.caller.where, usable: true }, typed.slice(start))
  const mixed = found.map(({ name, value }) => ({ name: `${before}${name}`, value: `${before}${value}` }))
  return !before && 'none'.startsWith(typed.trim().toLowerCase())
    ? [...mixed.slice(0, 24), { name: context.t('style.noneChoice'), value: noStyle }]
    : mixed
}
export const noStyle = 'none'

async function suggestions(
  { interaction, bot, t }: InteractionContext<AutocompleteInteraction>,
  where: Parameters<typeof bot.styleChoices>[1],
  typed: string = interaction.options.getFocused(),
): Promise<AutocompleteChoices> {
  const wanted = typed.trim().toLowerCase()
  const styles = await bot.styleChoices(interaction.user.id, where).catch((error: unknown): readonly Style[] => {
    // Why it is refused is said when the command is sent; while typing there is just nothing to suggest.
    if (error instanceof UserError) return []
    throw error
  })
  const taken = new Set<string>()
  return styles.flatMap(style => {
    const name = style.name.toLowerCase()
    // A name means the first style that has it; others of that name are meant by their id.
    const value = taken.has(name) ? style.id : style.name
    taken.add(name)
    if (!name.includes(wanted)) return []
    return { name: style.isMine ? style.name : `${style.name} · ${t('style.by', { owner: style.owner.name })}`, value }
  })
}
