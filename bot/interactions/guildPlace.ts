import { type Channel, type Interaction, PermissionFlagsBits } from 'discord.js'
import { UserError } from '../../protocol/errors.ts'
import type { GuildPlace, ManagedGuild } from '../../studio/studio.ts'

/** What the rules of a server are asked with; nothing outside of servers. */
export function placeOf(interaction: Interaction): { place?: GuildPlace } {
  const { guildId, channelId, channel, member } = interaction
  if (guildId === null || channelId === null) return {}
  const parent = channel?.isThread() ? channel.parentId : null
  const roles = member ? (Array.isArray(member.roles) ? member.roles : [...member.roles.cache.keys()]) : []
  return {
    place: {
      channels: [channelId, ...(parent === null ? [] : [parent])],
      roles: [...new Set([guildId, ...roles])],
      isAgeRestricted: isAgeRestricted(channel),
    },
  }
}

/** Whether Discord shows this channel to adults alone; a thread is like the channel that it belongs to. */
export function isAgeRestricted(channel: Channel | null): boolean {
  if (!channel || channel.isDMBased()) return false
  const ratedChannel = channel.isThread() ? channel.parent : channel
  return ratedChannel !== null && 'nsfw' in ratedChannel && ratedChannel.nsfw
}

/** The server that somebody acts in, and whether Discord lets them manage it. @throws UserError where there is none */
export function managedGuild({ guildId, memberPermissions }: Interaction): ManagedGuild {
  if (guildId === null) throw new UserError('chat/server')
  return { id: guildId, isManager: memberPermissions?.has(PermissionFlagsBits.ManageGuild) ?? false }
}
