import {
  type APIGuild,
  type APIGuildMember,
  type APIOverwrite,
  PermissionFlagsBits,
  PermissionsBitField,
} from 'discord.js'

const { Administrator, ViewChannel, ReadMessageHistory } = PermissionFlagsBits
const all = PermissionsBitField.All

/**
 * What somebody may do in a channel of a server, as Discord has it (topics/permissions): the roles, then what the channel
 * says of everyone, of their roles and of them. `overwrites`: of a thread, those of its channel. `now`: milliseconds.
 */
export function permissionsIn(
  { id, owner_id: owner, roles }: Pick<APIGuild, 'id' | 'owner_id' | 'roles'>,
  overwrites: readonly APIOverwrite[],
  member: Pick<APIGuildMember, 'user' | 'roles' | 'communication_disabled_until'>,
  now: number,
): bigint {
  if (member.user.id === owner) return all
  const theirs = new Set([id, ...member.roles])
  const ofRoles = roles.filter(role => theirs.has(role.id)).reduce((bits, role) => bits | BigInt(role.permissions), 0n)
  if (ofRoles & Administrator) return all
  const ofEveryone = overwrites.filter(one => one.id === id)
  const ofTheirRoles = overwrites.filter(one => one.id !== id && theirs.has(one.id))
  const ofThem = overwrites.filter(one => one.id === member.user.id)
  const bits = [ofEveryone, ofTheirRoles, ofThem].reduce(overwrite, ofRoles)
  if (!(bits & ViewChannel)) return 0n
  const isTimedOut = Date.parse(member.communication_disabled_until ?? '') > now
  return isTimedOut ? bits & (ViewChannel | ReadMessageHistory) : bits
}

/** Of one kind, what is allowed stands above what is denied. */
function overwrite(bits: bigint, overwrites: readonly APIOverwrite[]): bigint {
  const denied = overwrites.reduce((sum, { deny }) => sum | BigInt(deny), 0n)
  const allowed = overwrites.reduce((sum, { allow }) => sum | BigInt(allow), 0n)
  return (bits & ~denied) | allowed
}
