import type { APIApplicationCommandSubcommandOption } from 'discord.js'
import type { Command } from '../../interactions/command.ts'

/** One of the verbs of `/style`. */
export interface Subcommand extends Pick<Command, 'run' | 'check' | 'autocomplete'> {
  readonly data: APIApplicationCommandSubcommandOption
  /** Whether everybody sees the answer; otherwise only the one who asked. */
  readonly isPublic?: true
}
