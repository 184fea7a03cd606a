import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import sharp from 'sharp'
import { type Arrived, check, flatten } from './check.ts'
import { ApiError, refuse } from './errors.ts'
import { guildJson } from './gateway.ts'
import { openOauth } from './oauth.ts'
import type { Limit, RateLimits } from './rateLimits.ts'
import {
  ackDeadlineMs,
  type Channel,
  type Component,
  channelJson,
  componentsV2,
  ephemeral,
  type File,
  type Interaction,
  loading,
  type Message,
  maxFileBytes,
  maxRequestBytes,
  memberJson,
  messageJson,
  ruledChannelJson,
  tokenLifeMs,
  userJson,
  type World,
} from './world.ts'

/** One request, as a test looks back at it. */
export interface Recorded extends Arrived {
  readonly at: number
  readonly route: string
  readonly status: number
}
/** What goes wrong with a request, and when. */
export interface Fault {
  readonly route: string
  /** Answered instead; `reset`: the connection is cut without an answer. */
  readonly status: number | 'reset'
  times: number
  /** Discord does what was asked, and only the answer is lost. */
  readonly afterEffect?: boolean
  /** A proxy before Discord answers, in HTML. */
  readonly html?: boolean
  /** Discord's own code in the answer. */
  readonly code?: number
  /** How long it takes to answer at all. */
  readonly delayMs?: number
}

/** Answers that go wrong by chance. */
export interface Losses {
  /** Of all answers to the bot's writing and reading of messages. */
  readonly share: number
  /** From 0 to below 1. */
  readonly random: () => number
}

export interface Rest {
  readonly server: Server
  readonly requests: readonly Recorded[]
  /** What the bot sent that Discord would not take, in words. */
  readonly violations: readonly string[]
  readonly faults: Fault[]
  /** A code for a page inside Discord, for this user. */
  grant(user: string): string
  /** From now on; null: none. */
  losses: Losses | null
  /** How many answers were lost by chance. */
  readonly lost: () => number
}

export interface RestOptions {
  readonly webhookEdits: Limit
  readonly channelEdits: Limit
  /** How many shards Discord recommends. */
  shards(): number
  /** Where this server is, for URLs that it hands out. */
  url(): string
}

interface Call {
  readonly params: readonly string[]
  readonly query: URLSearchParams
  readonly body: Record<string, unknown>
  readonly files: Arrived['files']
}
type Answer = { readonly status: number; readonly json?: unknown }
interface Route {
  readonly name: string
  readonly method: string
  readonly path: RegExp
  /** Routes of a bot need its token; those of an interaction carry their own in the path. */
  readonly needsToken: boolean
  readonly limit?: (options: RestOptions) => Limit
  /** Which parts of the path divide the bucket. */
  readonly major?: (params: readonly string[]) => string
  readonly run: (call: Call) => Promise<Answer> | Answer
}

export function openRest(world: World, limits: RateLimits, options: RestOptions): Rest {
  const requests: Recorded[] = []
  const violations: string[] = []
  const faults: Fault[] = []
  const chance: { losses: Losses | null; lost: number } = { losses: null, lost: 0 }
  const faultOf = (route: string): Fault | undefined => {
    const planned = faults.find(one => one.route === route && one.times > 0)
    if (planned) planned.times -= 1
    const { losses } = chance
    if (planned || !losses || !losable.test(route) || losses.random() >= losses.share) return planned
    chance.lost += 1
    const status = losses.random() < 0.5 ? 502 : 'reset'
    return { route, status, times: 0, afterEffect: losses.random() < 0.5 }
  }
  const show = (message: Message) => messageJson(world, message, options.url())

  /** The interaction that a webhook path means, while its token lives. */
  const interactionOf = (application: string, token: string): Interaction => {
    const interaction = [...world.interactions.values()].find(one => one.token === token)
    if (!interaction || application !== world.application.id) throw refuse('unknownWebhook')
    if (world.clock.now() - interaction.createdAt > tokenLifeMs) throw refuse('invalidWebhookToken')
    if (!interaction.acknowledged) throw refuse('unknownWebhook')
    return interaction
  }
  const messageOf = (interaction: Interaction, which: string): Message => {
    const message =
      which === '@original' ? interaction.original : interaction.followUps.find(followUp => followUp.id === which)
    if (!message || message.deleted) throw refuse('unknownMessage')
    return message
  }

  const write = async (
    message: Message,
    body: Record<string, unknown>,
    files: Call['files'],
    via: 'callback' | 'webhook' | 'channel',
  ) => {
    if (world.channels.get(message.channelId)?.isArchived) throw refuse('threadArchived')
    if (message.flags & componentsV2 && body['content']) throw refuse('invalidForm')
    const named = body['attachments'] as { id: string; description?: string }[] | undefined
    const added = await Promise.all(
      files.map(file => {
        const number = /^files\[(\d+)\]$/.exec(file.field)?.[1]
        return store(world, file, named?.find(one => one.id === number)?.description ?? null)
      }),
    )
    // From here on without a pause: nobody sees half an edit.
    if (body['content'] !== undefined) message.content = String(body['content'] ?? '')
    if (body['components']) message.components = body['components'] as Component[]
    const isV2 = (Number(body['flags'] ?? 0) | message.flags) & componentsV2
    // What people read.
    if (isV2)
      message.content = flatten(message.components)
        .flatMap(part => part.content ?? [])
        .join('\n')
    // Files are added to what is there, unless `attachments` names what stays.
    const kept = named ? message.attachments.filter(file => named.some(one => one.id === file.id)) : message.attachments
    message.attachments = [...kept, ...added]
    message.allowedMentions = body['allowed_mentions'] ?? null
    message.flags = (message.flags & ~loading) | (Number(body['flags'] ?? 0) & ~loading)
    message.history.push({
      at: world.clock.now(),
      via,
      content: message.content,
      files: message.attachments.map(file => file.filename),
      buttons: buttonsOf(message).map(button => button.label ?? ''),
    })
    const isEmpty = !message.content && !message.attachments.length && !message.components.length
    if (isEmpty && !(message.flags & loading)) throw refuse('emptyMessage')
  }

  const newMessage = (
    interaction: { readonly id: string | null; readonly channel: Channel; readonly replyTo?: string },
    flags: number,
  ): Message => {
    const message: Message = {
      id: world.id(),
      channelId: interaction.channel.id,
      interactionId: interaction.id,
      createdAt: world.clock.now(),
      content: '',
      attachments: [],
      components: [],
      flags,
      allowedMentions: null,
      deleted: false,
      history: [],
      ...(interaction.replyTo !== undefined && { replyTo: interaction.replyTo }),
    }
    world.messages.set(message.id, message)
    return message
  }

  const answerInteraction = async ({ params, query, body, files }: Call): Promise<Answer> => {
    const interaction = world.interactions.get(params[0]!)
    const now = world.clock.now()
    if (!interaction || interaction.token !== params[1]) throw refuse('unknownInteraction')
    if (interaction.acknowledged) throw refuse('alreadyAcknowledged')
    if (now - interaction.createdAt > ackDeadlineMs) throw refuse('unknownInteraction')
    const type = Number(body['type'])
    const data = (body['data'] ?? {}) as Record<string, unknown>
    if (type === 9 && interaction.type === 5) throw refuse('invalidForm')
    if ((type === 6 || type === 7) && !interaction.source) throw refuse('invalidForm')
    if ((type === 8) !== (interaction.type === 4)) throw refuse('invalidForm')
    interaction.acknowledged = { type, at: now }
    if (type === 4 || type === 5) {
      const flags = Number(data['flags'] ?? 0) & ephemeral
      interaction.original = newMessage(interaction, type === 5 ? flags | loading : flags)
      if (type === 4) await write(interaction.original, data, files, 'callback')
    } else if (type === 6 || type === 7) {
      interaction.original = interaction.source
      if (type === 7) await write(interaction.source!, data, files, 'callback')
    } else if (type === 8) interaction.choices = data['choices'] as Interaction['choices']
    else if (type === 9) {
      interaction.modal = {
        customId: String(data['custom_id']),
        title: String(data['title']),
        components: data['components'] as Component[],
        inputs: (data['components'] as Component[]).map(row => row.component ?? row.components![0]!),
      }
    } else if (type === 12) {
      const id = `i-${world.id()}-gc-${interaction.channel.id}`
      world.instances.set(id, { channel: interaction.channel, users: new Set([interaction.user.id]) })
      const activity = { id: interaction.id, type: interaction.type, activity_instance_id: id }
      return { status: 200, json: { interaction: activity, resource: { type, activity_instance: { id } } } }
    }
    if (query.get('with_response') !== 'true') return { status: 204 }
    const message = interaction.original
    return {
      status: 200,
      json: {
        interaction: {
          id: interaction.id,
          type: interaction.type,
          ...(message ? { response_message_id: message.id, channel_id: message.channelId } : {}),
          response_message_loading: type === 5,
        },
        ...(message ? { resource: { type, message: show(message) } } : { resource: { type } }),
      },
    }
  }

  const isMember = (channel: Channel): boolean =>
    channel.guildId === null ? channel.type === 1 : world.guilds.get(channel.guildId)!.hasBot

  /** Messages by their nonce, for some minutes. */
  const nonces = {
    kept: [] as { readonly message: Message; readonly nonce: unknown }[],
    keep(message: Message, nonce: unknown) {
      if (nonce !== undefined) nonces.kept.push({ message, nonce })
    },
    find: (channelId: string, nonce: unknown) =>
      nonces.kept.find(
        one =>
          one.nonce === nonce &&
          one.message.channelId === channelId &&
          world.clock.now() - one.message.createdAt < nonceLifeMs,
      )?.message,
  }

  /** The message that another one is to answer; undefined: none, or one that is gone and need not be there. */
  const answered = (channel: Channel, reference: unknown): string | undefined => {
    if (reference === undefined) return undefined
    if (!channel.permissions.has('readMessageHistory')) throw refuse('cannotAnswer')
    const { message_id: id, fail_if_not_exists: mustExist = true } = reference as Record<string, unknown>
    const message = world.messages.get(String(id))
    const isThere = message !== undefined && !message.deleted && message.channelId === channel.id
    if (!isThere && mustExist) throw refuse('unknownMessage')
    return isThere ? message.id : undefined
  }

  /** A guild that the bot is a member of. */
  const guildOf = (id: string) => {
    const guild = world.guilds.get(id)
    if (!guild?.hasBot) throw refuse(guild ? 'missingAccess' : 'unknownGuild')
    return guild
  }

  const messageInChannel = (channelId: string, messageId: string): Message => {
    const channel = world.channels.get(channelId)
    if (!channel) throw refuse('unknownChannel')
    if (!isMember(channel) || !channel.permissions.has('viewChannel')) throw refuse('missingAccess')
    const message = world.messages.get(messageId)
    if (!message || message.deleted || message.channelId !== channelId || message.flags & ephemeral) {
      throw refuse('unknownMessage')
    }
    return message
  }

  const tokenOfPath = (params: readonly string[]) => `${params[0]}/${params[1]}`
  const routes: Route[] = [
    {
      name: 'gateway',
      method: 'GET',
      path: /^\/gateway\/bot$/,
      needsToken: true,
      run: () => ({
        status: 200,
        json: {
          url: options.url().replace('http', 'ws'),
          shards: options.shards(),
          // As Discord gives to large bots: all shards may identify at once.
          session_start_limit: { total: 1000, remaining: 999, reset_after: 14_400_000, max_concurrency: 16 },
        },
      }),
    },
    {
      name: 'me',
      method: 'GET',
      path: /^\/users\/@me$/,
      needsToken: true,
      run: () => ({ status: 200, json: userJson(world.bot) }),
    },
    {
      name: 'application',
      method: 'GET',
      path: /^\/applications\/@me$/,
      needsToken: true,
      run: () => ({ status: 200, json: { ...world.application, bot: userJson(world.bot) } }),
    },
    {
      name: 'commands.get',
      method: 'GET',
      path: /^\/applications\/(\d+)\/commands$/,
      needsToken: true,
      run: () => ({ status: 200, json: world.commands }),
    },
    {
      name: 'commands.put',
      method: 'PUT',
      path: /^\/applications\/(\d+)\/commands$/,
      needsToken: true,
      run: ({ body }) => {
        const wanted = body as unknown as Record<string, unknown>[]
        const hasEntryPoint = (list: Record<string, unknown>[]) => list.some(command => command['type'] === 4)
        if (hasEntryPoint(world.commands) && !hasEntryPoint(wanted)) throw refuse('commandsNeedEntryPoint')
        world.commands = wanted.map(command => registered(world, command))
        return { status: 200, json: world.commands }
      },
    },
    {
      name: 'activity.instance',
      method: 'GET',
      path: /^\/applications\/(\d+)\/activity-instances\/([^/]+)$/,
      needsToken: true,
      run: ({ params }) => {
        const instance = world.instances.get(params[1]!)
        if (params[0] !== world.application.id || !instance) throw refuse('unknownInstance')
        const { id, guildId } = instance.channel
        const location = { id: `gc-${id}`, kind: guildId === null ? 'pc' : 'gc', channel_id: id, guild_id: guildId }
        const rest = { application_id: world.application.id, instance_id: params[1], launch_id: world.id() }
        return { status: 200, json: { ...rest, location, users: [...instance.users] } }
      },
    },
    {
      name: 'interaction.callback',
      method: 'POST',
      path: /^\/interactions\/(\d+)\/([^/]+)\/callback$/,
      needsToken: false,
      run: answerInteraction,
    },
    {
      name: 'webhook.send',
      method: 'POST',
      path: /^\/webhooks\/(\d+)\/([^/]+)$/,
      needsToken: false,
      limit: options => options.webhookEdits,
      major: tokenOfPath,
      run: async ({ params, body, files }) => {
        const interaction = interactionOf(params[0]!, params[1]!)
        if (interaction.byUserInstall && interaction.followUps.length >= 5) throw refuse('tooManyFollowUps')
        const promised = interaction.original
        // The first follow-up fills the message that is still to come, as visible as that was promised to be.
        if (promised && !promised.deleted && promised.flags & loading) {
          await write(promised, { ...body, flags: promised.flags }, files, 'webhook')
          return { status: 200, json: show(promised) }
        }
        const message = newMessage(interaction, Number(body['flags'] ?? 0) & ephemeral)
        await write(message, body, files, 'webhook')
        interaction.followUps.push(message)
        return { status: 200, json: show(message) }
      },
    },
    {
      name: 'webhook.get',
      method: 'GET',
      path: /^\/webhooks\/(\d+)\/([^/]+)\/messages\/([^/]+)$/,
      needsToken: false,
      run: ({ params }) => ({
        status: 200,
        json: show(messageOf(interactionOf(params[0]!, params[1]!), params[2]!)),
      }),
    },
    {
      name: 'webhook.edit',
      method: 'PATCH',
      path: /^\/webhooks\/(\d+)\/([^/]+)\/messages\/([^/]+)$/,
      needsToken: false,
      limit: options => options.webhookEdits,
      major: tokenOfPath,
      run: async ({ params, body, files }) => {
        const message = messageOf(interactionOf(params[0]!, params[1]!), params[2]!)
        await write(message, body, files, 'webhook')
        return { status: 200, json: show(message) }
      },
    },
    {
      name: 'webhook.delete',
      method: 'DELETE',
      path: /^\/webhooks\/(\d+)\/([^/]+)\/messages\/([^/]+)$/,
      needsToken: false,
      run: ({ params }) => {
        messageOf(interactionOf(params[0]!, params[1]!), params[2]!).deleted = true
        return { status: 204 }
      },
    },
    {
      name: 'channel.send',
      method: 'POST',
      path: /^\/channels\/(\d+)\/messages$/,
      needsToken: true,
      limit: options => options.channelEdits,
      major: params => params[0]!,
      run: async ({ params, body, files }) => {
        const channel = world.channels.get(params[0]!)
        if (!channel) throw refuse('unknownChannel')
        if (!isMember(channel) || !channel.permissions.has('viewChannel')) throw refuse('missingAccess')
        const isThread = channel.type === 11 || channel.type === 12
        if (!channel.permissions.has(isThread ? 'sendInThreads' : 'sendMessages')) throw refuse('missingPermissions')
        if (files.length && !channel.permissions.has('attachFiles')) throw refuse('missingPermissions')
        if (channel.isArchived) throw refuse('threadArchived')
        const known = body['enforce_nonce'] ? nonces.find(channel.id, body['nonce']) : undefined
        if (known) return { status: 200, json: show(known) }
        const replyTo = answered(channel, body['message_reference'])
        const message: Message = newMessage({ id: null, channel, ...(replyTo !== undefined && { replyTo }) }, 0)
        nonces.keep(message, body['nonce'])
        await write(message, body, files, 'channel')
        return { status: 200, json: show(message) }
      },
    },
    {
      name: 'guild.get',
      method: 'GET',
      path: /^\/guilds\/(\d+)$/,
      needsToken: true,
      run: ({ params }) => ({ status: 200, json: guildJson(world, guildOf(params[0]!).id) }),
    },
    {
      name: 'guild.channels',
      method: 'GET',
      path: /^\/guilds\/(\d+)\/channels$/,
      needsToken: true,
      run: ({ params }) => {
        const { id } = guildOf(params[0]!)
        const channels = [...world.channels.values()].filter(
          one => one.guildId === id && one.type !== 11 && one.type !== 12,
        )
        return { status: 200, json: channels.map(one => ruledChannelJson(world, one)) }
      },
    },
    {
      name: 'guild.threads',
      method: 'GET',
      path: /^\/guilds\/(\d+)\/threads\/active$/,
      needsToken: true,
      run: ({ params }) => {
        const { id } = guildOf(params[0]!)
        const isThread = ({ type, isArchived }: Channel) => (type === 11 || type === 12) && !isArchived
        const threads = [...world.channels.values()].filter(one => one.guildId === id && isThread(one))
        return { status: 200, json: { threads: threads.map(one => channelJson(one)), members: [] } }
      },
    },
    {
      name: 'guild.member',
      method: 'GET',
      path: /^\/guilds\/(\d+)\/members\/(\d+)$/,
      needsToken: true,
      run: ({ params }) => {
        const guild = guildOf(params[0]!)
        const user = params[1] === world.bot.id ? world.bot : world.users.get(params[1]!)
        if (!user || guild.absent.has(user.id)) throw refuse('unknownMember')
        return { status: 200, json: memberJson(guild, user) }
      },
    },
    {
      name: 'channel.get',
      method: 'GET',
      path: /^\/channels\/(\d+)$/,
      needsToken: true,
      run: ({ params }) => {
        const channel = world.channels.get(params[0]!)
        if (!channel) throw refuse('unknownChannel')
        if (!isMember(channel) || !channel.permissions.has('viewChannel')) throw refuse('missingAccess')
        return { status: 200, json: ruledChannelJson(world, channel) }
      },
    },
    {
      name: 'thread.member',
      method: 'GET',
      path: /^\/channels\/(\d+)\/thread-members\/(\d+)$/,
      needsToken: true,
      run: ({ params }) => {
        if (!world.channels.get(params[0]!)?.members?.has(params[1]!)) throw refuse('unknownMember')
        return {
          status: 200,
          json: { id: params[0], user_id: params[1], join_timestamp: new Date(0).toISOString(), flags: 0 },
        }
      },
    },
    {
      name: 'channel.edit',
      method: 'PATCH',
      path: /^\/channels\/(\d+)\/messages\/(\d+)$/,
      needsToken: true,
      limit: options => options.channelEdits,
      major: params => params[0]!,
      run: async ({ params, body, files }) => {
        const message = messageInChannel(params[0]!, params[1]!)
        const channel = world.channels.get(params[0]!)!
        if (files.length && !channel.permissions.has('attachFiles')) throw refuse('missingPermissions')
        await write(message, body, files, 'channel')
        return { status: 200, json: show(message) }
      },
    },
  ]

  async function handle(request: IncomingMessage, response: ServerResponse) {
    const url = new URL(request.url ?? '/', 'http://loopback')
    const cdn = /^\/(?:attachments|avatars\/\d+)\/(\d+)[/.]/.exec(url.pathname)
    if (request.method === 'GET' && cdn) return serveFile(world.files.get(cdn[1]!), response)
    const path = decodeURIComponent(url.pathname.replace(/^\/api\/v10/, ''))
    const route = routes.find(one => one.method === request.method && one.path.test(path))
    const bytes = await read(request)
    const { body, files } = await parse(request, bytes)
    const hasAuthorization = request.headers.authorization !== undefined
    const arrived: Arrived = { method: request.method ?? '', path, body, files, hasAuthorization }
    const answer = async (): Promise<{ answer: Answer; headers: Record<string, string> }> => {
      if (!route) throw refuse('notFound')
      if (route.needsToken) {
        if (request.headers.authorization !== `Bot ${world.token}`) throw refuse('unauthorized')
        limits.spendGlobal()
      }
      const params = route.path.exec(path)!.slice(1)
      const headers = route.limit ? limits.spend(route.name, route.major?.(params) ?? '', route.limit(options)) : {}
      const fault = faultOf(route.name)
      if (fault?.delayMs) await new Promise(resolve => setTimeout(resolve, fault.delayMs))
      if (fault && !fault.afterEffect) throw new FaultError(fault)
      violations.push(...check(route.name, arrived))
      if (bytes.length > maxRequestBytes || files.some(file => file.bytes.length > maxFileBytes))
        throw refuse('tooLarge')
      const call = { params, query: url.searchParams, body: body as Record<string, unknown>, files }
      const done = { answer: await route.run(call), headers }
      if (fault) throw new FaultError(fault)
      return done
    }
    let status: number
    let json: unknown
    let headers: Readonly<Record<string, string>> = {}
    try {
      const done = await answer()
      status = done.answer.status
      json = done.answer.json
      headers = done.headers
    } catch (error) {
      if (error instanceof FaultError) {
        requests.push({ ...arrived, at: world.clock.now(), route: route?.name ?? 'unknown', status: error.status })
        world.changed()
        return error.send(response)
      }
      if (!(error instanceof ApiError)) throw error
      status = error.status
      headers = error.headers
      json = { message: error.message, code: error.code, ...error.extra }
    }
    requests.push({ ...arrived, at: world.clock.now(), route: route?.name ?? 'unknown', status })
    response.writeHead(status, { ...headers, ...(json === undefined ? {} : { 'Content-Type': 'application/json' }) })
    response.end(json === undefined ? undefined : JSON.stringify(json))
    world.changed()
  }

  const oauth = openOauth(world)
  const server = createServer((request, response) => {
    if (oauth.answer(request, response)) return
    handle(request, response).catch(error => {
      violations.push(`The loopback itself failed: ${error instanceof Error ? error.stack : error}`)
      response.writeHead(500).end()
    })
  })
  return {
    ...{ server, requests, violations, faults, grant: oauth.grant },
    lost: () => chance.lost,
    get losses() {
      return chance.losses
    },
    set losses(losses) {
      chance.losses = losses
    },
  }
}

/** "The past few minutes" of `enforce_nonce`. */
const nonceLifeMs = 3 * 60_000

/** Routes whose answers are lost by chance: those of interactions and messages. */
const losable = /^(interaction|webhook|channel)\./

/** An answer that has gone wrong on its way. */
class FaultError extends Error {
  readonly fault: Fault
  constructor(fault: Fault) {
    super('The loopback was told to fail here')
    this.name = 'FaultError'
    this.fault = fault
  }
  /** As it is recorded; 0 stands for no answer. */
  get status(): number {
    return this.fault.status === 'reset' ? 0 : this.fault.status
  }
  send(response: ServerResponse): void {
    const { status, html, code = 0 } = this.fault
    if (status === 'reset') response.destroy()
    else if (html)
      response.writeHead(status, { 'Content-Type': 'text/html' }).end('<html><h1>Something went wrong</h1></html>')
    else
      response
        .writeHead(status, { 'Content-Type': 'application/json' })
        .end(JSON.stringify({ message: this.message, code }))
  }
}

export function buttonsOf(message: Message): Component[] {
  return flatten(message.components).filter(one => one.type === 2)
}

/** A file as it lies on the CDN afterwards. */
export async function store(
  world: World,
  file: { readonly filename: string; readonly bytes: Uint8Array; readonly contentType?: string },
  description: string | null,
): Promise<File> {
  const shape = await sharp(file.bytes, { limitInputPixels: false })
    .metadata()
    .catch(() => null)
  const stored: File = {
    id: world.id(),
    filename: file.filename,
    contentType: file.contentType ?? (shape ? `image/${shape.format}` : 'application/octet-stream'),
    bytes: file.bytes,
    description,
    width: shape?.width ?? null,
    height: shape?.height ?? null,
  }
  world.files.set(stored.id, stored)
  return stored
}

/** Discord answers with more than it was given: what it fills in itself. */
function registered(world: World, command: Record<string, unknown>): Record<string, unknown> {
  return {
    id: world.id(),
    application_id: world.application.id,
    version: world.id(),
    type: 1,
    nsfw: false,
    ...command,
    // Taken as a number, given as a string.
    default_member_permissions: command['default_member_permissions']?.toString() ?? null,
    name_localizations: command['name_localizations'] ?? null,
    description_localizations: command['description_localizations'] ?? null,
  }
}

function serveFile(file: File | undefined, response: ServerResponse): void {
  if (!file) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, { 'Content-Type': file.contentType, 'Content-Length': file.bytes.length })
  response.end(file.bytes)
}

async function read(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks)
}

async function parse(request: IncomingMessage, bytes: Uint8Array): Promise<Pick<Arrived, 'body' | 'files'>> {
  const type = request.headers['content-type'] ?? ''
  if (bytes.length === 0) return { body: undefined, files: [] }
  if (!type.startsWith('multipart/form-data')) return { body: JSON.parse(Buffer.from(bytes).toString()), files: [] }
  const form = await new Response(Buffer.from(bytes), { headers: { 'content-type': type } }).formData()
  const files: { field: string; filename: string; bytes: Uint8Array }[] = []
  for (const [field, value] of form.entries()) {
    if (typeof value === 'string') continue
    files.push({ field, filename: value.name, bytes: new Uint8Array(await value.arrayBuffer()) })
  }
  return { body: JSON.parse(String(form.get('payload_json') ?? '{}')), files }
}
