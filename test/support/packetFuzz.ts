import { WebSocket } from 'ws'
import { protocolVersion } from '../../protocol/events.ts'
import { add, buildFrame, buildStroke } from './scenes.ts'

/**
 * Packets as no honest client sends them: Engine.IO and Socket.IO spoken by hand, over `ws` alone, because socket.io-client
 * would refuse to send most of them. The same seed sends the same packets.
 */
export interface PacketFuzz {
  readonly packets: number
  readonly connections: number
  /** Packets that the server answered on Socket.IO's level, by an acknowledgement. */
  readonly acknowledged: number
}

/** Binary frames go to the server as they are; a text is a whole Engine.IO packet. */
type Packet = string | Uint8Array

/** Packets sent over one connection before the next begins, if the server lets it live so long. */
const packetsPerConnection = 50

export async function sendFuzz(options: {
  readonly url: string
  readonly cookie: string
  readonly secret: string
  readonly packets: number
  readonly seed: number
}): Promise<PacketFuzz> {
  const { url, cookie, secret, packets, seed } = options
  const random = createRandom(seed)
  let sent = 0
  let connections = 0
  let acknowledged = 0
  while (sent < packets) {
    const connection = await openRawSocket(url, cookie)
    connections++
    const joined = new Promise<void>(resolve => {
      connection.onText(text => {
        if (text.startsWith('43')) acknowledged++
        if (text.startsWith('40')) resolve()
      })
    })
    // One connection in ten never joins a namespace, some do not wait for the answer, and some join twice before it comes.
    if (random.chance(0.9)) connection.send('40')
    if (random.chance(0.1)) connection.send('40')
    if (random.chance(0.7)) await Promise.race([joined, new Promise(resolve => setTimeout(resolve, 200))])
    if (random.chance(0.5)) connection.send(enterPacket(secret))
    // Whatever breaks the protocol ends its connection, so half of them keep to it and try the handlers instead.
    const drawPackets = random.chance(0.5) ? drawAny : drawWellFormed
    const last = Math.min(sent + packetsPerConnection, packets)
    while (sent < last && connection.isOpen()) {
      for (const packet of drawPackets(random, secret)) {
        connection.send(packet)
        sent++
      }
      // Now and then the server gets a turn, so that answers and closes happen in between.
      if (random.chance(0.2)) await new Promise(resolve => setImmediate(resolve))
    }
    // Mostly the server answers all of it; now and then the connection is gone before that.
    if (random.chance(0.9)) await untilHandled(connection)
    connection.end()
  }
  return { packets: sent, connections, acknowledged }
}

/** Resolves when the server has answered what was sent last, or has ended the connection, or says nothing at all. */
async function untilHandled(connection: RawSocket): Promise<void> {
  const id = 4_444_444
  const answered = new Promise<void>(resolve => {
    connection.onText(text => {
      if (text.startsWith(`43${id}[`)) resolve()
    })
  })
  connection.send(`42${id}["last"]`)
  // One that never joined a namespace gets no answer.
  const patience = new Promise(resolve => setTimeout(resolve, 1_000))
  await Promise.race([answered, connection.closed, patience])
}

/** A WebSocket on Engine.IO's path, and nothing of Engine.IO or Socket.IO over it. */
export interface RawSocket {
  send(packet: Packet): void
  onText(listener: (text: string) => void): void
  /** Reads nothing from now on, not even pings. */
  stopReading(): void
  isOpen(): boolean
  readonly closed: Promise<void>
  /** Without a farewell. */
  end(): void
}

export async function openRawSocket(url: string, cookie: string): Promise<RawSocket> {
  const address = `${url.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket`
  const socket = new WebSocket(address, { headers: { cookie } })
  // The server ends connections that break the protocol, and may do so while something is on its way.
  socket.on('error', () => undefined)
  await new Promise((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('close', () => reject(new Error('The server did not open a WebSocket')))
  })
  const closed = new Promise<void>(resolve => {
    socket.once('close', () => resolve())
  })
  return {
    closed,
    stopReading: () => socket.pause(),
    isOpen: () => socket.readyState === WebSocket.OPEN,
    send(packet) {
      if (socket.readyState === WebSocket.OPEN) socket.send(packet)
    },
    onText(listener) {
      socket.on('message', (data, isBinary) => {
        if (!isBinary) listener(String(data))
      })
    },
    end: () => socket.terminate(),
  }
}

export const enterPacket = (secret: string): string =>
  `420${JSON.stringify(['room:enter', { protocol: protocolVersion, secret, client: 'raw', clock: null }])}`

interface Random {
  /** An integer from 0 to `below` − 1. */
  integer(below: number): number
  chance(probability: number): boolean
  one<T>(choices: readonly T[]): T
}

/** Mulberry32: small, and good enough to choose among packets. */
function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const integer = (below: number) => Math.floor(next() * below)
  return {
    integer,
    chance: probability => next() < probability,
    one: choices => choices[integer(choices.length)]!,
  }
}

const known = [
  ...[
    'room:enter',
    'scene:operate',
    'cursor:move',
    'person:rename',
    'room:rename',
    'palette:add',
    'frame:paint',
    'frame:cancel',
  ],
  ...['frame:history', 'frame:restore', 'preview:shown', 'style:watch', 'style:unwatch'],
]
/** Names that mean something to an EventEmitter, to an object or to Socket.IO, and some that mean nothing to anybody. */
const strange = [
  ...['error', 'disconnect', 'disconnecting', 'connect', 'connect_error', 'newListener', 'removeListener'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', '\u0000', 'x'.repeat(5_000), '\ud800'],
]
const junk: readonly unknown[] = [
  ...[null, true, false, 0, -1, 5, 1e308, '', 'x', '\u0000', '\ud800', [], {}, [[]], [null], { length: -1 }],
  ...[
    { _placeholder: true, num: 0 },
    { _placeholder: true, num: 99 },
    { _placeholder: true, num: 'length' },
  ],
  ...[{ toString: 1, valueOf: 1 }, { catch: 1 }, { constructor: { name: 'Buffer' } }, { type: 'Buffer', data: [1] }],
  ...[{ seq: 1, operations: [] }, { frameId: 'fuzz' }, { frameId: 'fuzz', picture: 'x' }, { x: 1, y: 2 }],
]

/** A packet that Socket.IO lets through, whatever it says; or several that belong together. */
function drawWellFormed(random: Random, secret: string): Packet[] {
  return random.one([
    () => [`42${ackId(random)}${JSON.stringify([random.integer(1_000), ...args(random)])}`],
    () => [`42${ackId(random)}${JSON.stringify([random.one(strange.slice(7)), ...args(random)])}`],
    () => [`42${ackId(random)}${JSON.stringify([random.one(known), ...args(random)])}`],
    () => [honest(random, secret)],
    () => [`43${random.integer(100)}${JSON.stringify(args(random))}`],
    () => [`451-${ackId(random)}["${random.one(known)}",{"_placeholder":true,"num":0}]`, bytes(random)],
    () => [nested(random)],
  ])()
}

/** The same, or one that breaks the protocol in one of its layers. */
function drawAny(random: Random, secret: string): Packet[] {
  return random.one([
    () => drawWellFormed(random, secret),
    () => [`42${ackId(random)}${JSON.stringify([eventName(random), ...args(random)])}`],
    () => [mutated(random, honest(random, secret))],
    () => withAttachments(random),
    () => [namespaced(random)],
    () => [engineText(random)],
    () => [bytes(random)],
  ])()
}

/** Events that are no string are allowed by Socket.IO's parser when they are numbers, and refused when they are not. */
function eventName(random: Random): unknown {
  return random.one([() => random.integer(1_000), () => -0.5, () => random.one(strange), () => random.one(junk)])()
}

function args(random: Random): unknown[] {
  return Array.from({ length: random.integer(4) }, () => random.one(junk))
}

function ackId(random: Random): string {
  return random.one(['', '', '0', '7', '7', '99999999999999999999', String(random.integer(1_000))])
}

/** What an honest page might send, with operations that may take effect. */
function honest(random: Random, secret: string): string {
  const id = `fuzz-${random.integer(50)}`
  const operation = random.one([
    add(buildStroke({ id })),
    add(buildFrame({ id })),
    { type: 'extend', id, from: 1, points: [1, 2, 0.5], done: true },
    { type: 'change', id, change: { prompt: 'a red house', x: random.integer(100) } },
    { type: 'remove', ids: [id] },
    { type: 'restore', ids: [id] },
  ])
  return random.one([
    enterPacket(secret),
    `42${ackId(random)}${JSON.stringify(['scene:operate', { seq: random.integer(100), operations: [operation] }])}`,
    `42${ackId(random)}${JSON.stringify(['frame:paint', { frameId: id }])}`,
    `42${ackId(random)}${JSON.stringify(['cursor:move', { x: 1, y: 2 }])}`,
  ])
}

/** A packet with some characters changed, left out or doubled. */
function mutated(random: Random, packet: string): string {
  const characters = [...packet]
  for (let changes = 1 + random.integer(4); changes > 0; changes--) {
    const at = random.integer(characters.length)
    const change = random.one(['replace', 'remove', 'repeat', 'cut'])
    if (change === 'replace') characters[at] = String.fromCharCode(random.integer(256))
    else if (change === 'remove') characters.splice(at, 1)
    else if (change === 'repeat') characters.splice(at, 0, ...characters.slice(at, at + 10))
    else characters.length = at
  }
  return characters.join('')
}

/** Binary events and acknowledgements whose attachments come, do not come, or are too many. */
function withAttachments(random: Random): Packet[] {
  const announced = random.one(['0', '1', '1', '1', '2', '10', '11', '-1', '1e9', '4294967296', '', 'x'])
  const placeholder = { _placeholder: true, num: random.one([0, 0, 1, -1, 1e9, 'length', null]) }
  const event = random.one<unknown>(['scene:operate', 'preview:shown', 'x', 5])
  const text = `4${random.one(['5', '5', '6'])}${announced}-${ackId(random)}${JSON.stringify([event, placeholder])}`
  return [text, ...Array.from({ length: random.integer(4) }, () => bytes(random))]
}

function namespaced(random: Random): string {
  const namespace = random.one(['/', '/nope', '/nope?x=1', '/%00', '//', `/${'n'.repeat(3_000)}`, '/__proto__', '/,'])
  const rest = random.one(['', ',', ',{}', ',{"token":1}', ',["x"]', ',7["x",1]', ',null', '{', ',"error"'])
  return `4${random.one(['0', '1', '2', '3', '4'])}${namespace}${rest}`
}

/** Engine.IO's own packets, and texts that are none. */
function engineText(random: Random): string {
  return random.one([
    '',
    '0',
    '1',
    '2',
    '2probe',
    '3',
    '3probe',
    '4',
    '5',
    '6',
    '7',
    '9',
    'b',
    '4b',
    '44',
    '4\u0000',
    '\u001e',
  ])
}

function bytes(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.integer(40) }, () => random.integer(256))
}

/** Deep enough for a recursive walk to run out of stack. */
function nested(random: Random): string {
  const depth = 10 ** (1 + random.integer(4))
  return `42["${random.one(known)}",${'['.repeat(depth)}${']'.repeat(depth)}]`
}
