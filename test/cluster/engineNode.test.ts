import { io, type Socket } from 'socket.io-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStandInEngine } from '../../bench/standInEngine.ts'
import { type EngineNode, startEngineNode } from '../../cluster/engineNode.ts'
import type { ClientToEngine, EngineToClient } from '../../cluster/protocol.ts'
import type { PaintProgress, PaintResult } from '../../engine/index.ts'
import { silentLog } from '../support/log.ts'
import { patient } from '../support/patience.ts'

const secret = 'a-secret-of-this-node'
const host = '127.0.0.1'
const standIn = openStandInEngine({ stepMs: 1, batch: 8, side: 256 })
const request = { owner: 'ann', priority: 'live', prompt: '', seed: 1, guidance: 8, steps: 4, width: 256, height: 256 }

let node: EngineNode
let paint: typeof standIn.paint
const sockets: Socket[] = []

beforeEach(async () => {
  paint = standIn.paint
  node = await startEngineNode({
    engine: { ...standIn, paint: (asked, onProgress) => paint(asked, onProgress) },
    ...{ secret, listen: { host, port: 0 }, addressOf: port => `http://${host}:${port}`, log: silentLog },
    registry: {
      announce: () => ({ leave: async () => undefined }),
      watch: () => ({ stop: () => undefined }),
      close: () => undefined,
    },
    consumeTickets: () => ({ stop: async () => undefined }),
  })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.disconnect()
  await node.close()
})

function connect(withSecret = secret): Socket<EngineToClient, ClientToEngine> {
  const auth = { secret: withSecret, client: 'client' }
  const socket: Socket<EngineToClient, ClientToEngine> = io(node.url, {
    transports: ['websocket'],
    auth,
    forceNew: true,
  })
  sockets.push(socket)
  return socket
}

const painted = (socket: Socket<EngineToClient, ClientToEngine>) =>
  new Promise<PaintResult>(resolve => socket.on('painted', (_placement, result) => resolve(result)))

test('previews are left out while their client is behind, steps and ends never', async () => {
  const preview = { width: 256, height: 256, data: new Uint8Array(256 * 256 * 3) }
  paint = (_asked, onProgress) => {
    for (let step = 1; step <= 20; step++)
      onProgress?.({ type: 'stepped', step, steps: 20, timestep: 1, ms: 1, preview })
    return { ended: Promise.resolve<PaintResult>({ type: 'replaced' }), cancel: () => undefined }
  }
  const socket = connect()
  const received: PaintProgress[] = []
  const seen: (() => void)[] = []
  socket.on('painting', (_placement, progress, done) => {
    received.push(progress)
    if (done) seen.push(done)
  })
  socket.emit('job', { placement: 1, kind: 'picture', request, listens: true }, () => undefined)
  expect(await painted(socket)).toEqual({ type: 'replaced' })
  expect(received.map(progress => progress.type === 'stepped' && progress.step)).toEqual(
    Array.from({ length: 20 }, (_, i) => i + 1),
  )
  // A megabyte of them, and no more until they are seen.
  expect(seen).toHaveLength(5)
  for (const done of seen) done()
  socket.off('painted')
  socket.emit('job', { placement: 2, kind: 'picture', request, listens: true }, () => undefined)
  await painted(socket)
  expect(seen.length).toBeGreaterThan(5)
})

test('a client that goes takes its jobs along', async () => {
  const cancelled = new Promise<void>(resolve => {
    paint = () => ({ ended: new Promise(() => undefined), cancel: resolve })
  })
  const socket = connect()
  await new Promise<void>(resolve =>
    socket.emit('job', { placement: 1, kind: 'picture', request, listens: true }, resolve),
  )
  await new Promise(resolve => setTimeout(resolve, patient(50)))
  socket.disconnect()
  await cancelled
})

test('whoever does not know the secret is turned away', async () => {
  const refused = new Promise<Error>(resolve => connect('another-secret').on('connect_error', resolve))
  expect((await refused).message).toContain('CLUSTER_SECRET')
})

test('probes are answered at the same port, and nothing else', async () => {
  const status = async (path: string) => (await fetch(`${node.url}${path}`)).status
  expect(await Promise.all(['/livez', '/readyz', '/'].map(status))).toEqual([200, 200, 404])
})
