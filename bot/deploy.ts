import { isDeepStrictEqual } from 'node:util'
import {
  ApplicationCommandType,
  ApplicationIntegrationType,
  EntryPointCommandHandlerType,
  InteractionContextType,
  type REST,
  Routes,
} from 'discord.js'
import type { Log } from '../logging.ts'
import type { Command, MessageCommand, PersonCommand } from './interactions/command.ts'
import { describeCommand, describeMenuEntry } from './text/describe.ts'

type Json = Record<string, unknown>

/**
 * Tells Discord our commands, in all languages. When it does not take them, the old ones still work and the next start
 * tries again. Resolves with their ids, by path (`style learn`); empty if Discord did not say.
 */
export async function deploy(
  rest: REST,
  applicationId: string,
  { commands, menuCommands, hasActivity }: Commands,
  log: Log,
): Promise<ReadonlyMap<string, string>> {
  const ours: Json[] = [
    ...commands.map(({ data }) => ({ ...describeCommand(data) })),
    ...menuCommands.map(({ data }) => ({ ...describeMenuEntry(data) })),
  ]
  try {
    const route = Routes.applicationCommands(applicationId)
    const { theirs, isNew } = await writeIfDifferent(rest, route, ours, hasActivity)
    if (isNew) log.info(`Discord has new commands: ${ours.map(({ name }) => `/${name}`).join(', ')}`)
    return idsOf(commands, theirs)
  } catch (err) {
    log.error({ err }, 'Discord did not take the commands')
    return new Map()
  }
}

export interface Commands {
  readonly commands: readonly Command[]
  readonly menuCommands: readonly (MessageCommand | PersonCommand)[]
  /** Whether the application's launcher opens a room: then we answer it, instead of Discord. */
  readonly hasActivity: boolean
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
 * Entry Point command belongs to an Activity of the application: it is kept, and answered by us where rooms open there.
 */
async function writeIfDifferent(
  rest: REST,
  route: `/${string}`,
  ours: readonly Json[],
  hasActivity: boolean,
): Promise<Deployed> {
  // Discord answers with its list of commands; what of it we read is compared, never trusted.
  const theirs = (await rest.get(route, { query: new URLSearchParams({ with_localizations: 'true' }) })) as Json[]
  const isEntryPoint = (command: Json) => command['type'] === ApplicationCommandType.PrimaryEntryPoint
  const known = theirs.filter(isEntryPoint)
  const entryPoints = (known.length || !hasActivity ? known : [entryPoint]).map(
    ({ id, name, type, handler, integration_types, contexts }) => ({
      ...(id === undefined ? {} : { id }),
      ...{ name, type, integration_types, contexts },
      handler: hasActivity ? EntryPointCommandHandlerType.AppHandler : handler,
    }),
  )
  const isSame =
    isDeepStrictEqual(byName(theirs.filter(command => !isEntryPoint(command))), byName(ours)) &&
    isDeepStrictEqual(byName(known), byName(entryPoints))
  if (isSame) return { theirs, isNew: false }
  // As it answers, it has them now.
  const written = (await rest.put(route, { body: [...ours.map(asRequest), ...entryPoints] })) as Json[]
  return { theirs: written, isNew: true }
}

/** What opens our Activity from Discord's launcher. */
const entryPoint: Json = {
  name: 'launch',
  type: ApplicationCommandType.PrimaryEntryPoint,
  integration_types: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
  contexts: [InteractionContextType.Guild, InteractionContextType.BotDM, InteractionContextType.PrivateChannel],
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
