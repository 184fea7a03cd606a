import type { Clock } from './clock.ts'

/** What exists at this Discord. The gateway and the REST routes read and write it; actors look at it. */
export interface World {
  readonly clock: Clock
  readonly id: () => string
  readonly token: string
  readonly application: { readonly id: string; readonly name: string }
  readonly bot: User
  readonly users: Map<string, User>
  readonly guilds: Map<string, Guild>
  readonly channels: Map<string, Channel>
  readonly messages: Map<string, Message>
  readonly interactions: Map<string, Interaction>
  readonly files: Map<string, File>
  /** Running instances of the application's Activity, by id. */
  readonly instances: Map<string, { readonly channel: Channel; readonly users: Set<string> }>
  commands: Record<string, unknown>[]
  /** Called after every change, so that tests can wait for one instead of sleeping. */
  changed(): void
}

export interface User {
  readonly id: string
  readonly username: string
  readonly globalName: string | null
  readonly isBot: boolean
  /** The id of a file on the CDN; without one, Discord has a picture for everybody. */
  avatar?: string
  /** Of their client. */
  readonly locale?: string
  /** What they may do in every guild. */
  readonly permissions: Set<Permission>
  /** Ids of roles that they have in guilds. */
  readonly roles: Set<string>
}
export interface Guild {
  readonly id: string
  readonly name: string
  /** Whether the bot is a member; otherwise only user installs are heard from here. */
  readonly hasBot: boolean
  readonly locale?: string
  /** Ids of people who are no members. */
  readonly absent: Set<string>
  /** Until when people may not write, as ISO 8601, by their id. */
  readonly timedOut: Map<string, string>
  /** Beside @everyone, which has the guild's own id. */
  readonly roles: Role[]
}
export interface Role {
  readonly id: string
  readonly name: string
}
export interface Channel {
  readonly id: string
  readonly guildId: string | null
  readonly name: string
  /** 0 text in a guild · 1 direct message with the bot · 3 group of people · 4 category · 11, 12 thread in a guild, private · 15 forum. */
  readonly type: 0 | 1 | 3 | 4 | 11 | 12 | 15
  /** The channel of a thread, or the category of a channel. */
  readonly parentId?: string
  /** Seconds between two messages of one person. */
  slowModeSeconds?: number
  /** What people, or those who have a role, may not do here, by their id. */
  readonly denied?: Map<string, readonly Permission[]>
  /** Ids of people who are in a private thread. */
  readonly members?: Set<string>
  /** Of a direct message, who it is with. */
  readonly recipient?: User
  /** For adults alone. */
  isAgeRestricted?: boolean
  /** A thread that is archived takes no messages and no edits. */
  isArchived?: boolean
  /** What the bot may do here, by its own membership. */
  readonly permissions: Set<Permission>
}
/** Bits of Discord's permission field (topics/permissions). */
export const permissionBits = {
  manageGuild: 1n << 5n,
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  embedLinks: 1n << 14n,
  attachFiles: 1n << 15n,
  readMessageHistory: 1n << 16n,
  sendInThreads: 1n << 38n,
} as const
export type Permission = keyof typeof permissionBits

/** A file on the CDN. */
export interface File {
  readonly id: string
  readonly filename: string
  readonly contentType: string
  readonly bytes: Uint8Array
  readonly description: string | null
  readonly width: number | null
  readonly height: number | null
}
export interface Message {
  readonly id: string
  /** The message that it answers. */
  readonly replyTo?: string
  readonly channelId: string
  readonly interactionId: string | null
  /** A person; without one, it is the bot's. */
  readonly author?: User
  readonly createdAt: number
  /** What people read: the content, or in Components V2 all texts, one below the other. */
  content: string
  attachments: File[]
  components: readonly Component[]
  flags: number
  allowedMentions: unknown
  deleted: boolean
  readonly history: Edit[]
}
export interface Edit {
  readonly at: number
  /** Through which door the change came. */
  readonly via: 'callback' | 'webhook' | 'channel'
  readonly content: string
  readonly files: readonly string[]
  readonly buttons: readonly string[]
}
export interface MenuOption {
  readonly label: string
  readonly value: string
  readonly default?: boolean
  readonly description?: string
}
/** A component as the bot sent it; the loopback looks only at what it needs. */
export interface Component {
  readonly type: number
  readonly components?: readonly Component[]
  readonly component?: Component
  readonly accessory?: Component
  /** Of a menu. */
  readonly options?: readonly MenuOption[]
  readonly content?: string
  /** Of a media gallery. */
  readonly items?: readonly { readonly media: { readonly url: string }; readonly description?: string }[]
  /** A file to take along. */
  readonly file?: { readonly url: string }
  /** Of a thumbnail. */
  readonly media?: { readonly url: string }
  readonly custom_id?: string
  readonly label?: string
  readonly placeholder?: string
  readonly value?: string
  readonly disabled?: boolean
  readonly url?: string
  readonly max_length?: number
  readonly min_length?: number
  readonly required?: boolean
  readonly min_values?: number
  readonly max_values?: number
}

export interface Interaction {
  readonly id: string
  readonly token: string
  /** 2 command · 3 button · 4 autocomplete · 5 modal */
  readonly type: 2 | 3 | 4 | 5
  readonly user: User
  readonly channel: Channel
  readonly createdAt: number
  /** The bot is here only because the person brought it along. */
  readonly byUserInstall: boolean
  /** The message whose button was pressed. */
  readonly source: Message | null
  acknowledged: { readonly type: number; readonly at: number } | null
  /** What `@original` means. */
  original: Message | null
  readonly followUps: Message[]
  modal: Modal | null
  choices: readonly { readonly name: string; readonly value: string | number }[] | null
}
export interface Modal {
  readonly customId: string
  readonly title: string
  readonly inputs: readonly Component[]
  /** As they came: labels with the inputs inside. */
  readonly components: readonly Component[]
}

export const ackDeadlineMs = 3_000
export const tokenLifeMs = 15 * 60_000
export const maxFileBytes = 10 * 1024 * 1024
export const maxRequestBytes = 25 * 1024 * 1024

export const ephemeral = 1 << 6
export const loading = 1 << 7
/** Components V2: what the message says stands in its components. Once set, it stays. */
export const componentsV2 = 1 << 15

export function userJson(user: User): Record<string, unknown> {
  return {
    id: user.id,
    username: user.username,
    global_name: user.globalName,
    discriminator: '0',
    avatar: user.avatar ?? null,
    bot: user.isBot,
    public_flags: 0,
  }
}

export function memberJson(guild: Guild, user: User): Record<string, unknown> {
  return {
    ...{ user: userJson(user), roles: [...user.roles], joined_at: new Date(0).toISOString(), flags: 0, pending: false },
    ...{ deaf: false, mute: false, communication_disabled_until: guild.timedOut.get(user.id) ?? null },
  }
}

export function fileJson(file: File, cdn: string): Record<string, unknown> {
  const url = `${cdn}/attachments/${file.id}/${encodeURIComponent(file.filename)}?ex=1&is=1&hm=1`
  return {
    id: file.id,
    filename: file.filename,
    size: file.bytes.length,
    url,
    proxy_url: url,
    content_type: file.contentType,
    ...(file.description === null ? {} : { description: file.description }),
    ...(file.width === null ? {} : { width: file.width, height: file.height }),
  }
}

export function messageJson(world: World, message: Message, cdn: string): Record<string, unknown> {
  const interaction = message.interactionId && world.interactions.get(message.interactionId)
  return {
    id: message.id,
    type: message.interactionId ? 20 : 0,
    channel_id: message.channelId,
    author: userJson(message.author ?? world.bot),
    content: message.content,
    timestamp: new Date(message.createdAt).toISOString(),
    edited_timestamp: message.history.length > 1 ? new Date(message.history.at(-1)!.at).toISOString() : null,
    tts: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    attachments: message.attachments.map(file => fileJson(file, cdn)),
    embeds: [],
    pinned: false,
    flags: message.flags,
    components: message.components,
    ...(message.author ? {} : { application_id: world.application.id, webhook_id: world.application.id }),
    ...(interaction && {
      interaction_metadata: {
        ...{ id: interaction.id, type: interaction.type, user: userJson(interaction.user) },
        authorizing_integration_owners: {},
      },
    }),
  }
}

export function channelJson(channel: Channel, user?: User): Record<string, unknown> {
  const recipient = user ?? channel.recipient
  const isThread = channel.type === 11 || channel.type === 12
  return {
    id: channel.id,
    type: channel.type,
    name: channel.name,
    ...(channel.type === 0 && { nsfw: channel.isAgeRestricted ?? false, parent_id: channel.parentId ?? null }),
    ...(channel.slowModeSeconds ? { rate_limit_per_user: channel.slowModeSeconds } : {}),
    ...(channel.guildId ? { guild_id: channel.guildId, position: 0, permission_overwrites: [] } : {}),
    ...(isThread
      ? {
          ...{ parent_id: channel.parentId, owner_id: '0', member_count: 1, message_count: 0 },
          thread_metadata: {
            ...{ archived: channel.isArchived ?? false, auto_archive_duration: 1440, locked: false },
            archive_timestamp: new Date(0).toISOString(),
          },
        }
      : {}),
    ...(channel.type === 1 && recipient ? { recipients: [userJson(recipient)] } : {}),
  }
}

/** A channel of a guild with what everybody may do there: what the bot may do by a word of its own, people unless it is denied. */
export function ruledChannelJson(world: World, channel: Channel): Record<string, unknown> {
  const mine = permissionField(channel.permissions)
  const not = (bits: string) => (BigInt(permissionField(everybodys)) & ~BigInt(bits)).toString()
  const people = [...(channel.denied ?? [])].map(([id, denied]) => ({
    ...{ id, type: world.users.has(id) ? 1 : 0, allow: '0', deny: permissionField(denied) },
  }))
  const ofBot = { id: world.bot.id, type: 1, allow: mine, deny: not(mine) }
  return {
    ...channelJson(channel),
    ...(channel.type < 10 || channel.type === 15 ? { permission_overwrites: [...people, ofBot] } : {}),
  }
}

/** What @everyone may do in a new guild, of what we know. */
export const everybodys: readonly Permission[] = [
  ...(['viewChannel', 'sendMessages', 'embedLinks', 'attachFiles', 'readMessageHistory', 'sendInThreads'] as const),
]

export function permissionField(permissions: Iterable<Permission>): string {
  let bits = 0n
  for (const permission of permissions) bits |= permissionBits[permission]
  return bits.toString()
}
