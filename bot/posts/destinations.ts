import {
  type APIChannel,
  type APIGuildChannel,
  type APIGuildMember,
  type APIOverwrite,
  type APIThreadChannel,
  ChannelType,
  PermissionFlagsBits,
} from 'discord.js'
import { type ErrorCode, UserError } from '../../protocol/errors.ts'
import type { PostPlace } from '../../studio/studio.ts'
import type { GuildReader, GuildView } from './guildReader.ts'
import { permissionsIn } from './permissions.ts'

/** A channel that a person may send to. */
export interface PostChannel {
  readonly id: string
  readonly name: string
  /** What it stands under in its server: a category, or the channel of a thread. */
  readonly group: string | null
}

/** Where a picture goes. */
export interface Destination extends PostPlace {
  /** null: a message with the bot. */
  readonly view: GuildView | null
  readonly channelName: string
  readonly isAgeRestricted: boolean
  /** Whether the bot may answer messages there, which it has to be able to read. */
  readonly canReply: boolean
}

const { ViewChannel, SendMessages, SendMessagesInThreads, AttachFiles, Connect, ReadMessageHistory } =
  PermissionFlagsBits
const { ManageMessages, ManageChannels, ManageThreads, BypassSlowmode } = PermissionFlagsBits
const spared = ManageMessages | ManageChannels | BypassSlowmode

const listed: readonly number[] = [ChannelType.GuildText, ChannelType.GuildAnnouncement]
const threads: readonly number[] = [ChannelType.PublicThread, ChannelType.PrivateThread, ChannelType.AnnouncementThread]
const voices: readonly number[] = [ChannelType.GuildVoice, ChannelType.GuildStageVoice]

type OfGuild = APIGuildChannel | APIThreadChannel
const isThread = (channel: OfGuild): channel is APIThreadChannel => threads.includes(channel.type)

/** The channel whose rules hold there. */
const ruling = (view: GuildView, channel: OfGuild): OfGuild | undefined =>
  isThread(channel) ? view.channels.find(({ id }) => id === channel.parent_id) : channel

const isAdult = (channel: OfGuild | undefined): boolean =>
  channel !== undefined && 'nsfw' in channel && (channel.nsfw ?? false)

function permissionsOf(view: GuildView, channel: OfGuild, member: APIGuildMember): bigint {
  const rules = ruling(view, channel)
  if (!rules) return 0n
  const overwrites: readonly APIOverwrite[] =
    'permission_overwrites' in rules ? (rules.permission_overwrites ?? []) : []
  return permissionsIn(view.guild, overwrites, member, Date.now())
}

/** Everything that sending a picture there takes. */
function neededIn(channel: OfGuild): bigint {
  const toWrite = isThread(channel) ? SendMessagesInThreads : SendMessages
  return ViewChannel | toWrite | AttachFiles | (voices.includes(channel.type) ? Connect : 0n)
}

const has = (permissions: bigint, needed: bigint) => (permissions & needed) === needed

/** Why this person cannot send there through this bot; null: they can. */
function hindrance(view: GuildView, channel: OfGuild, member: APIGuildMember): ErrorCode | null {
  const needed = neededIn(channel)
  // Who has not accepted a server's rules writes nowhere in it.
  if (member.pending || !has(permissionsOf(view, channel, member), needed)) return 'post/not-allowed'
  return has(permissionsOf(view, channel, view.me), needed) ? null : 'post/bot-not-allowed'
}

/**
 * The channels of a server that a person may send to, in the server's order; threads stand below their channels. Those for
 * adults alone are left out: whom Discord shows them to, it does not tell us. `isPaintedIn`: whether the server paints there.
 */
export function channelsFor(
  view: GuildView,
  member: APIGuildMember,
  isPaintedIn: (ids: readonly string[]) => boolean,
): PostChannel[] {
  const category = (id: string | null | undefined) => view.channels.find(one => one.id === id)
  const order = (channel: APIGuildChannel) => [positionOf(category(channel.parent_id)), positionOf(channel)] as const
  const channels = view.channels
    .filter(({ type }) => listed.includes(type))
    .sort((one, other) => order(one)[0] - order(other)[0] || order(one)[1] - order(other)[1])
  const forums = view.channels.filter(({ type }) => !listed.includes(type))
  const open = view.threads.filter(({ type }) => type !== ChannelType.PrivateThread)
  const all = [...channels, ...forums].flatMap((channel): { channel: OfGuild; group: string | null }[] => [
    ...(listed.includes(channel.type) ? [{ channel, group: category(channel.parent_id)?.name ?? null }] : []),
    ...open.filter(one => one.parent_id === channel.id).map(one => ({ channel: one, group: `#${channel.name}` })),
  ])
  return all
    .filter(({ channel }) => !isAdult(ruling(view, channel)) && hindrance(view, channel, member) === null)
    .filter(({ channel }) => isPaintedIn([channel.id, ruling(view, channel)?.id ?? channel.id]))
    .map(({ channel, group }) => ({ id: channel.id, name: nameOf(channel), group }))
}

const positionOf = (channel: OfGuild | undefined) => (channel && 'position' in channel ? Number(channel.position) : -1)
const nameOf = ({ name }: { readonly name?: string | null }) => name ?? ''

/**
 * Where a channel is, as of now, for somebody who means to send there. @throws UserError where it is gone, or where they or
 * the bot may not write and attach files.
 */
export async function destinationOf(reader: GuildReader, id: string, discordId: string): Promise<Destination> {
  const channel = await reader.channel(id)
  if (!channel) throw new UserError('post/gone')
  return isDirect(channel) ? directDestination(channel, discordId) : guildDestination(reader, channel, discordId)
}

const isDirect = (channel: APIChannel) => channel.type === ChannelType.DM || channel.type === ChannelType.GroupDM

/** Messages with the bot, which have nobody else in them. */
function directDestination(channel: APIChannel, discordId: string): Destination {
  const people = 'recipients' in channel ? (channel.recipients ?? []) : []
  if (channel.type !== ChannelType.DM || !people.some(({ id }) => id === discordId)) {
    throw new UserError('post/not-there')
  }
  return {
    ...{ channelId: channel.id, guildId: null, slowModeSeconds: 0, view: null, channelName: '' },
    ...{ isAgeRestricted: false, canReply: true },
  }
}

async function guildDestination(reader: GuildReader, channel: APIChannel, discordId: string): Promise<Destination> {
  // Other kinds have no server.
  const found = channel as OfGuild & { guild_id?: string; rate_limit_per_user?: number }
  const guildId = found.guild_id
  const view = guildId === undefined ? null : await reader.guild(guildId, { isFresh: true })
  if (guildId === undefined || !view) throw new UserError('post/not-there')
  const member = await reader.member(guildId, discordId)
  if (!member) throw new UserError('post/not-member')
  const code = hindrance(view, found, member)
  if (code !== null) throw new UserError(code)
  const theirs = permissionsOf(view, found, member)
  const isHidden = found.type === ChannelType.PrivateThread && !(theirs & ManageThreads)
  if (isHidden && !(await reader.isInThread(found.id, discordId))) throw new UserError('post/not-allowed')
  const rules = ruling(view, found)
  const isAgeRestricted = isAdult(rules)
  const isSpared = (theirs & (spared | (isThread(found) ? ManageThreads : 0n))) !== 0n
  return {
    ...{ channelId: found.id, guildId, view, channelName: nameOf(found), isAgeRestricted },
    slowModeSeconds: isSpared ? 0 : (found.rate_limit_per_user ?? 0),
    canReply: has(permissionsOf(view, found, view.me), ReadMessageHistory),
    place: {
      channels: [...new Set([found.id, rules?.id ?? found.id])],
      roles: [...new Set([guildId, ...member.roles])],
      isAgeRestricted,
    },
  }
}
