import type { CommandData, SubcommandData } from '../text/describe.ts'
import type { Command } from './command.ts'

/** One of the verbs of a command: it has `run`, or `open`. */
export interface Subcommand extends Partial<Pick<Command, 'run' | 'open' | 'check' | 'autocomplete'>> {
  readonly data: SubcommandData
  /** Whether everybody sees the answer; otherwise only the one who asked. */
  readonly isPublic?: true
}

/** A command of these verbs, each of which answers for itself. */
export function withSubcommands(data: CommandData, subcommands: readonly Subcommand[]): Command {
  const named = (name: string): Subcommand => {
    const found = subcommands.find(one => one.data.name === name)
    if (!found) throw new Error(`Expected a subcommand of /${data.name}, got ${name}`)
    return found
  }
  return {
    data: { ...data, subcommands: subcommands.map(one => one.data) },
    isPrivate: ({ options }) => !named(options.getSubcommand()).isPublic,
    check: context => named(context.interaction.options.getSubcommand()).check?.(context),
    opensForm: ({ options }) => named(options.getSubcommand()).open !== undefined,
    open: async context => named(context.interaction.options.getSubcommand()).open?.(context),
    run: async context => named(context.interaction.options.getSubcommand()).run?.(context),
    autocomplete: context => named(context.interaction.options.getSubcommand()).autocomplete?.(context) ?? [],
  }
}
