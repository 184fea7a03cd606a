import { EventEmitter, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { patient } from '../patience.ts'
import { type Actor, openActor, type Until } from './actors.ts'
import { type Clock, openClock, snowflakes } from './clock.ts'
import { type Gateway, openGateway, roleJson } from './gateway.ts'
import { type Limit, openRateLimits, type RateLimits } from './rateLimits.ts'
import { buttonsOf, type Fault, openRest, type Recorded, type Rest } from './rest.ts'
import {
  type Channel,
  channelJson,
  ephemeral,
  everybodys,
  type Guild,
  type Interaction,
  type Message,
  type Permission,
  type Role,
  type World,
} from './world.ts'

export type { Actor, Upload } from './actors.ts'
export { flatten } from './check.ts'
export { buttonsOf } from './rest.ts'
export type { Channel, Interaction, Message } from './world.ts'

/**
 * A Discord of our own on a free port: gateway, REST and CDN, close enough to the real one that discord.js cannot tell.
 * It keeps Discord's deadlines and limits, and remembers everything that the bot sent which Discord would not take.
 */
export interface Discord {
  /** `DISCORD_API`. */
  readonly api: string
  readonly token: string
  readonly clock: Clock
  readonly gateway: Gateway
  readonly limits: RateLimits
  readonly world: World
  /** A guild with the bot in it, its channel, and a guild where only people brought the bot along. */
  readonly guild: Guild
  readonly general: Channel
  readonly elsewhere: Channel
  /** The channel of a second guild with the bot in it, of the other shard where there are two. */
  readonly next: Channel
  readonly requests: readonly Recorded[]
  readonly faults: Rest['faults']
  /** The person with this name; the same one each time. `locale`: of their client, if they are new. */
  user(name: string, options?: { locale?: string }): Actor
  /** A new role in the guild. */
  role(name: string): Role
  /** A new channel in the guild. */
  channel(name: string, options?: { isAgeRestricted?: boolean }): Channel
  /** A new thread of a channel, by default the guild's. `isTold`: the bot hears of it when it is made. */
  thread(name: string, parent?: Channel, options?: { isTold?: boolean }): Channel
  message(id: string): Message
  /** Waits for something to become true; fails in words after `withinMs` (20 s). */
  readonly until: Until
  /** Waits until the message of an interaction offers a button with this label, and returns it. */
  offers(interaction: Interaction, label: string, withinMs?: number): Promise<Message>
  /** Waits until something that answers this says so, and returns it. */
  says(interaction: Interaction, text: string): Promise<Message>
  /** Chooses in the menu of a message, and waits until the message has changed. */
  turnTo(actor: Actor, message: Message, label: string): Promise<void>
  /** Waits until whoever sent this is answered in private, with nothing standing in the channel; returns what only they see. */
  refusal(interaction: Interaction): Promise<Message>
  /** From now on, for so long, the webhook of this interaction is rate limited. */
  block(interaction: Interaction, ms: number): void
  /** The code that Discord's client gives a page inside it, for this person. */
  grant(actor: Actor): string
  /** The next requests to a route (by its name in rest.ts) fail with this status, or without any answer. */
  fail(route: string, status: Fault['status'], times: number, how?: Omit<Fault, 'route' | 'status' | 'times'>): void
  /** From now on this share of answers about messages is lost, half of them after their effect. */
  lose(share: number, random: () => number): void
  /** How many answers were lost that way. */
  readonly lost: () => number
  /** Closes; throws if anything was sent that Discord would have refused. */
  close(): Promise<void>
}

export interface DiscordOptions {
  readonly heartbeatMs?: number
  readonly shards?: number
  readonly webhookEdits?: Limit
  readonly channelEdits?: Limit
  readonly global?: Limit
  /** Of the guild with the bot in it. */
  readonly locale?: string
}

export async function openDiscord(options: DiscordOptions = {}): Promise<Discord> {
  const clock = openClock()
  const id = snowflakes(clock)
  const changes = new EventEmitter().setMaxListeners(0)
  const world: World = {
    clock,
    id,
    token: `${Buffer.from(id()).toString('base64')}.loopback.${'s'.repeat(38)}`,
    application: { id: id(), name: 'Fourstroke' },
    bot: { id: id(), username: 'fourstroke', globalName: null, isBot: true, permissions: new Set(), roles: new Set() },
    users: new Map(),
    guilds: new Map(),
    channels: new Map(),
    messages: new Map(),
    interactions: new Map(),
    files: new Map(),
    instances: new Map(),
    commands: [],
    changed: () => void changes.emit('changed'),
  }
  const addGuild = (name: string, hasBot: boolean, guildId = id()): { guild: Guild; channel: Channel } => {
    const guild: Guild = {
      ...{ id: guildId, name, hasBot, locale: options.locale ?? 'en-US', roles: [] },
      ...{ absent: new Set<string>(), timedOut: new Map<string, string>() },
    }
    world.guilds.set(guild.id, guild)
    const channel: Channel = {
      id: id(),
      guildId: guild.id,
      name: 'general',
      type: 0,
      permissions: new Set(everybodys),
      denied: new Map(),
    }
    world.channels.set(channel.id, channel)
    return { guild, channel }
  }
  const home = addGuild('Workshop', true)
  // A millisecond later, which is what decides about the shard.
  const second = addGuild('Second workshop', true, String(BigInt(home.guild.id) + (1n << 22n)))
  const abroad = addGuild('Elsewhere', false)

  let address = ''
  const limits = openRateLimits(clock, options.global ?? { requests: 50, windowMs: 1_000 })
  const rest = openRest(world, limits, {
    webhookEdits: options.webhookEdits ?? { requests: 5, windowMs: 5_000 },
    channelEdits: options.channelEdits ?? { requests: 5, windowMs: 5_000 },
    url: () => address,
    shards: () => gateway.shards,
  })
  rest.server.listen(0, '127.0.0.1')
  await once(rest.server, 'listening')
  address = `http://127.0.0.1:${(rest.server.address() as AddressInfo).port}`
  const gateway: Gateway = openGateway(world, rest.server, () => address.replace('http', 'ws'), {
    heartbeatMs: options.heartbeatMs ?? 41_250,
    shards: options.shards ?? 1,
  })

  const until: Until = async (check, what, withinMs = patient(20_000)) => {
    const deadline = Date.now() + withinMs
    while (!(await check())) {
      if (Date.now() > deadline) throw new Error(`Waited ${withinMs} ms in vain for ${what}`)
      // A change wakes us; the timer is for what changes by time alone.
      await new Promise<void>(resolve => {
        const wake = () => {
          clearTimeout(timer)
          changes.off('changed', wake)
          resolve()
        }
        const timer = setTimeout(wake, 50)
        changes.on('changed', wake)
      })
    }
  }
  const actors = new Map<string, Actor>()

  return {
    api: `${address}/api`,
    token: world.token,
    clock,
    gateway,
    limits,
    world,
    guild: home.guild,
    general: home.channel,
    elsewhere: abroad.channel,
    next: second.channel,
    requests: rest.requests,
    faults: rest.faults,
    until,
    role(name) {
      const role = { id: id(), name }
      home.guild.roles.push(role)
      gateway.dispatch('GUILD_ROLE_CREATE', { guild_id: home.guild.id, role: roleJson(role) }, home.guild.id)
      return role
    },
    channel(name, { isAgeRestricted = false } = {}) {
      const { permissions, guildId } = home.channel
      const channel: Channel = {
        ...{ id: id(), guildId, name, type: 0, isAgeRestricted, permissions: new Set(permissions), denied: new Map() },
      }
      world.channels.set(channel.id, channel)
      gateway.dispatch('CHANNEL_CREATE', channelJson(channel), guildId)
      return channel
    },
    thread(name, { permissions, guildId, id: parentId } = home.channel, { isTold = false } = {}) {
      const channel: Channel = { id: id(), guildId, name, type: 11, parentId, permissions }
      world.channels.set(channel.id, channel)
      if (isTold) gateway.dispatch('THREAD_CREATE', channelJson(channel), guildId)
      return channel
    },
    user(name, { locale = 'en-US' } = {}) {
      const known = actors.get(name)
      if (known) return known
      const globalName = name[0]!.toUpperCase() + name.slice(1)
      const user = {
        id: id(),
        username: name,
        globalName,
        isBot: false,
        permissions: new Set<Permission>(),
        locale,
        roles: new Set<string>(),
      }
      world.users.set(user.id, user)
      const actor = openActor(world, gateway, user, home.channel, () => address, until)
      actors.set(name, actor)
      return actor
    },
    message(messageId) {
      const message = world.messages.get(messageId)
      if (!message) throw new Error(`There was never a message ${messageId}`)
      return message
    },
    async offers(interaction, label, withinMs) {
      const has = () => interaction.original && buttonsOf(interaction.original).some(button => button.label === label)
      await until(has, `a button "${label}" (the message says: ${interaction.original?.content})`, withinMs)
      return interaction.original!
    },
    async says({ original, followUps }, text) {
      const messages = () => [...(original ? [original] : []), ...followUps]
      const found = () => messages().find(({ content }) => content.includes(text))
      await until(found, `“${text}” (there is: ${messages().map(({ content }) => content)})`)
      return found()!
    },
    async turnTo(actor, message, label) {
      const edits = message.history.length
      await actor.choose(message, label)
      await until(() => message.history.length > edits, label)
    },
    async refusal({ original, followUps }) {
      const messages = () => [...(original ? [original] : []), ...followUps].filter(({ deleted }) => !deleted)
      const isPrivate = ({ flags, content }: Message) => content !== '' && (flags & ephemeral) !== 0
      const isAnswered = () => messages().length > 0 && messages().every(isPrivate)
      await until(isAnswered, `an answer in private (there is: ${messages().map(({ content }) => content)})`)
      return messages().at(-1)!
    },
    block: (interaction, ms) => limits.block('webhook.edit', `${world.application.id}/${interaction.token}`, ms),
    grant: ({ user }) => rest.grant(user.id),
    fail: (route, status, times, how = {}) => void rest.faults.push({ route, status, times, ...how }),
    lose(share, random) {
      rest.losses = { share, random }
    },
    lost: rest.lost,
    async close() {
      await gateway.close()
      rest.server.closeAllConnections()
      await new Promise(resolve => rest.server.close(resolve))
      if (rest.violations.length) throw new Error(`Discord would have refused:\n${rest.violations.join('\n')}`)
    },
  }
}
