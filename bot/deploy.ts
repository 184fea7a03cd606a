import { isDeepStrictEqual } from 'node:util'
import { ApplicationCommandType, type REST, Routes } from 'discord.js'
import type { Log } from '../logging.ts'
import type { Command, MessageCommand } from './interactions/command.ts'
import { describeCommand, describeMenuEntry } from './text/describe.ts'

type Json = Record<string, unknown>

/**
 * Tells Discord our commands, in all languages. When it does not take them, the old ones still work and the next start
 * tries again. Resolves with their ids, by path (`style learn`); empty if Discord did not say.
 */
export async function deploy(
  rest: REST,
  applicationId: string,
  { commands, messageCommands }: Commands,
  log: Log,
): Promise<ReadonlyMap<string, string>> {
  const ours: Json[] = [
    ...commands.map(({ data }) => ({ ...describeCommand(data) })),
    ...messageCommands.map(({ data }) => ({ ...describeMenuEntry(data) })),
  ]
  try {
    const route = Routes.applicationCommands(applicationId)
    const { theirs, isNew } = await writeIfDifferent(rest, route, ours)
    if (isNew) log.info(`Discord has new commands: ${ours.map(({ name }) => `/${name}`).join(', ')}`)
    return idsOf(commands, theirs)
  } catch (err) {
    log.error({ err }, 'Discord did not take the commands')
    return new Map()
  }
}

export interface Commands {
  readonly commands: readonly Command[]
  readonly messageCommands: readonly MessageCommand[]
}

/** A command of subcommands is named by these alone. */
function idsOf(commands: readonly Command[], theirs: readonly Json[]): Map<string, string> {
  const paths = commands.flatMap(({ data: { name, subcommands } }) => {
    const id = theirs.find(one => one['name'] === name)?.['id']
    return (subcommands?.map(one => `${name} ${one.name}`) ?? [name]).map(path => [path, id] as const)
  })
  return new Map(paths.flatMap(([path, id]) => (typeof id === 'string' ? [[path, id]] : [])))
}

/**
 * Compares first: new names count against 200 a day, and a needless write makes every client fetch them again. An
 * Entry Point command belongs to an Activity of the application and is kept.
 */
async function writeIfDifferent(rest: REST, route: `/${string}`, ours: readonly Json[]): Promise<Deployed> {
  // Discord answers with its list of commands; what of it we read is compared, never trusted.
  const theirs = (await rest.get(route, { query: new URLSearchParams({ with_localizations: 'true' }) })) as Json[]
  const isEntryPoint = (command: Json) => command['type'] === ApplicationCommandType.PrimaryEntryPoint
  if (isDeepStrictEqual(byName(theirs.filter(command => !isEntryPoint(command))), byName(ours)))
    return { theirs, isNew: false }
  const entryPoints = theirs.filter(isEntryPoint).map(({ id, name, type, handler, integration_types, contexts }) => ({
    ...{ id, name, type, handler, integration_types, contexts },
  }))
  // As it answers, it has them now.
  const written = (await rest.put(route, { body: [...ours.map(asRequest), ...entryPoints] })) as Json[]
  return { theirs: written, isNew: true }
}

interface Deployed {
  readonly theirs: readonly Json[]
  readonly isNew: boolean
}

/** Discord's schema takes permissions as a number, and gives them as a string. */
function asRequest({ default_member_permissions: permissions, ...command }: Json): Json {
  return permissions === undefined ? command : { ...command, default_member_permissions: Number(permissions) }
}

function byName(commands: readonly Json[]): Map<unknown, unknown> {
  return new Map(commands.map(command => [command['name'], meaning(command)] as const).sort())
}

/** What Discord adds by itself says nothing about a difference. */
const addedByDiscord = ['id', 'application_id', 'guild_id', 'version', 'dm_permission', 'default_permission']

/** A command without what is empty, absent or a default, so that two that mean the same are equal. */
function meaning(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(meaning)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([key, inner]) => {
    if (addedByDiscord.includes(key) || (key === 'type' && inner === ApplicationCommandType.ChatInput)) return false
    return inner !== undefined && inner !== null && inner !== false && !(Array.isArray(inner) && inner.length === 0)
  })
  return Object.fromEntries(entries.map(([key, inner]) => [key, meaning(inner)]))
}
