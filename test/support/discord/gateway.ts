import type { IncomingMessage, Server } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import { channelJson, everybodys, permissionField, type Role, userJson, type World } from './world.ts'

/** Opcodes of Discord's gateway (topics/opcodes-and-status-codes). */
const op = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  resume: 6,
  reconnect: 7,
  invalidSession: 9,
  hello: 10,
  heartbeatAck: 11,
} as const

interface Session {
  readonly id: string
  readonly shard: number
  socket: WebSocket | null
  sequence: number
  /** Everything dispatched, for replay. */
  readonly sent: { readonly s: number; readonly t: string; readonly d: unknown }[]
}

export interface Gateway {
  /** To the shard of this guild; without one, to the first, as direct messages are. */
  dispatch(type: string, data: unknown, guildId?: string | null): void
  /** Closes the bot's connection, as a network or Discord would. 1006 cuts it without a word. */
  drop(code: number, shard?: number): void
  /** Opcode 7: Discord asks to reconnect. */
  askToReconnect(): void
  /** Opcode 9. */
  invalidate(options: { resumable: boolean }): void
  /** From now on heartbeats are not answered. */
  stopAcknowledging(): void
  /** From now on IDENTIFY ends with this code, by default 4004 as for a wrong token. */
  refuseTokens(code?: number): void
  /** How many shards Discord recommends, and wants: IDENTIFY with fewer ends with 4011. */
  shards: number
  readonly identifies: readonly { readonly intents: number; readonly shard: readonly [number, number] }[]
  readonly resumes: readonly { readonly replayed: number }[]
  /** Whether every shard is connected. */
  isConnected(): boolean
  close(): Promise<void>
}

export interface GatewayOptions {
  readonly heartbeatMs: number
  readonly shards: number
}

export function openGateway(world: World, server: Server, url: () => string, options: GatewayOptions): Gateway {
  const sockets = new WebSocketServer({ noServer: true })
  const sessions = new Map<string, Session>()
  const identifies: { intents: number; shard: readonly [number, number] }[] = []
  const resumes: { replayed: number }[] = []
  /** By shard, the session that is dispatched to. */
  const current = new Map<number, Session>()
  let shards = options.shards
  let acknowledges = true
  let refusal: number | null = null

  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    sockets.handleUpgrade(request, socket, head, connection => greet(connection))
  })

  const send = (socket: WebSocket, opcode: number, d: unknown, more: { s?: number; t?: string } = {}) =>
    socket.send(JSON.stringify({ op: opcode, d, s: more.s ?? null, t: more.t ?? null }))

  const dispatchTo = (session: Session, t: string, d: unknown) => {
    session.sequence += 1
    const event = { s: session.sequence, t, d }
    session.sent.push(event)
    if (session.socket) send(session.socket, op.dispatch, d, event)
  }

  function greet(socket: WebSocket) {
    send(socket, op.hello, { heartbeat_interval: options.heartbeatMs })
    socket.on('message', raw => {
      const text = raw.toString()
      if (Buffer.byteLength(text) > 4096) return socket.close(4002, 'Payload too large')
      const message = JSON.parse(text) as { op: number; d: Record<string, unknown> | number | null }
      if (message.op === op.heartbeat) {
        if (acknowledges) send(socket, op.heartbeatAck, null)
      } else if (message.op === op.identify) identify(socket, message.d as Record<string, unknown>)
      else if (message.op === op.resume) resume(socket, message.d as Record<string, unknown>)
      else if (![...current.values()].some(one => one.socket === socket)) socket.close(4003, 'Not authenticated')
    })
    socket.on('close', code => {
      const session = [...sessions.values()].find(one => one.socket === socket)
      if (!session) return
      session.socket = null
      // A client that closes with 1000 or 1001 gives its session up.
      if (code === 1000 || code === 1001) sessions.delete(session.id)
      world.changed()
    })
  }

  function identify(socket: WebSocket, d: Record<string, unknown>) {
    if (d['token'] !== world.token) return socket.close(4004, 'Authentication failed')
    if (refusal !== null) return socket.close(refusal, 'Refused')
    const [shard, count] = (d['shard'] ?? [0, 1]) as [number, number]
    if (!(shard >= 0 && shard < count)) return socket.close(4010, 'Invalid shard')
    if (count < shards) return socket.close(4011, 'Sharding required')
    identifies.push({ intents: Number(d['intents']), shard: [shard, count] })
    const session: Session = { id: world.id(), shard, socket, sequence: 0, sent: [] }
    sessions.set(session.id, session)
    for (const other of current.keys()) if (other >= count) current.delete(other)
    current.set(shard, session)
    acknowledges = true
    const guilds = [...world.guilds.values()].filter(guild => guild.hasBot && shardOf(guild.id, count) === shard)
    dispatchTo(session, 'READY', {
      v: 10,
      user: userJson(world.bot),
      guilds: guilds.map(guild => ({ id: guild.id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: url(),
      shard: [shard, count],
      application: { id: world.application.id, flags: 0 },
    })
    for (const guild of guilds) dispatchTo(session, 'GUILD_CREATE', guildJson(world, guild.id))
    world.changed()
  }

  function resume(socket: WebSocket, d: Record<string, unknown>) {
    if (d['token'] !== world.token) return socket.close(4004, 'Authentication failed')
    const session = sessions.get(String(d['session_id']))
    if (!session) return send(socket, op.invalidSession, false)
    session.socket = socket
    current.set(session.shard, session)
    acknowledges = true
    const missed = session.sent.filter(event => event.s > Number(d['seq']))
    for (const event of missed) send(socket, op.dispatch, event.d, event)
    dispatchTo(session, 'RESUMED', {})
    resumes.push({ replayed: missed.length })
    world.changed()
  }

  return {
    identifies,
    resumes,
    get shards() {
      return shards
    },
    set shards(count) {
      shards = count
    },
    isConnected: () => current.size >= shards && [...current.values()].every(({ socket }) => socket),
    dispatch: (type, data, guildId) => {
      // Nobody listens yet.
      if (current.size === 0) return
      const session = current.get(guildId ? shardOf(guildId, current.size) : 0)
      if (session) dispatchTo(session, type, data)
    },
    drop: (code, shard = 0) => {
      const socket = current.get(shard)?.socket
      if (code === 1006) socket?.terminate()
      else socket?.close(code)
    },
    askToReconnect: () => {
      const socket = current.get(0)?.socket
      if (socket) send(socket, op.reconnect, null)
    },
    invalidate: ({ resumable }) => {
      const session = current.get(0)
      if (!session?.socket) return
      if (!resumable) sessions.delete(session.id)
      send(session.socket, op.invalidSession, resumable)
    },
    refuseTokens: (code = 4004) => {
      refusal = code
    },
    stopAcknowledging: () => {
      acknowledges = false
    },
    close: () => {
      for (const socket of sockets.clients) socket.terminate()
      return new Promise(resolve => sockets.close(() => resolve()))
    },
  }
}

/** Which shard hears of a guild (topics/gateway, sharding). */
function shardOf(guildId: string, count: number): number {
  return Number((BigInt(guildId) >> 22n) % BigInt(count))
}

export function roleJson({ id, name }: Role, permissions = '0'): Record<string, unknown> {
  const colors = { primary_color: 0, secondary_color: null, tertiary_color: null }
  return { id, name, permissions, position: 0, color: 0, colors, hoist: false, managed: false, flags: 0 }
}

export function guildJson(world: World, id: string): Record<string, unknown> {
  const guild = world.guilds.get(id)!
  return {
    id,
    name: guild.name,
    icon: null,
    // Nobody whom we meet.
    owner_id: '1',
    unavailable: false,
    large: false,
    member_count: world.users.size,
    joined_at: new Date(world.clock.now()).toISOString(),
    roles: [roleJson({ id, name: '@everyone' }, permissionField(everybodys)), ...guild.roles.map(one => roleJson(one))],
    channels: [...world.channels.values()].filter(channel => channel.guildId === id).map(one => channelJson(one)),
    members: [{ user: userJson(world.bot), roles: [], joined_at: new Date(0).toISOString(), flags: 0 }],
    emojis: [],
    stickers: [],
    threads: [],
    presences: [],
    voice_states: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
    preferred_locale: guild.locale ?? 'en-US',
    features: [],
  }
}
