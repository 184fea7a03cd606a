import { isDeepStrictEqual } from 'node:util'
import { ApplicationCommandType, type REST, Routes } from 'discord.js'
import type { Log } from '../logging.ts'
import type { Command, MessageCommand } from './interactions/command.ts'

type Json = Record<string, unknown>

type Deployed = Pick<Command | MessageCommand, 'data'>

/** Tells Discord our commands. When it does not take them, the old ones still work and the next start tries again. */
export async function deploy(
  rest: REST,
  applicationId: string,
  commands: readonly Deployed[],
  log: Log,
): Promise<void> {
  const ours: Json[] = commands.map(({ data }) => ({ ...data }))
  try {
    if (await writeIfDifferent(rest, Routes.applicationCommands(applicationId), ours)) {
      log.info(`Discord has new commands: ${ours.map(({ name }) => `/${name}`).join(', ')}`)
    }
  } catch (err) {
    log.error({ err }, 'Discord did not take the commands')
  }
}

/**
 * Compares first: new names count against 200 a day, and a needless write makes every client fetch them again. An
 * Entry Point command belongs to an Activity of the application and is kept.
 */
async function writeIfDifferent(rest: REST, route: `/${string}`, ours: readonly Json[]): Promise<boolean> {
  // Discord answers with its list of commands; what of it we read is compared, never trusted.
  const theirs = (await rest.get(route, { query: new URLSearchParams({ with_localizations: 'true' }) })) as Json[]
  const isEntryPoint = (command: Json) => command['type'] === ApplicationCommandType.PrimaryEntryPoint
  if (isDeepStrictEqual(byName(theirs.filter(command => !isEntryPoint(command))), byName(ours))) return false
  const entryPoints = theirs.filter(isEntryPoint).map(({ id, name, type, handler, integration_types, contexts }) => ({
    ...{ id, name, type, handler, integration_types, contexts },
  }))
  await rest.put(route, { body: [...ours.map(asRequest), ...entryPoints] })
  return true
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
