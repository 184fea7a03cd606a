import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { StandIn } from './standInEngine.ts'

/** A stand-in engine as a program of its own, which ends with this one; resolves when it is announced. */
export async function startStandIn(
  redisUrl: string,
  secret: string,
  { stepMs, batch, side, name = 'stand-in' }: StandIn,
): Promise<ChildProcess> {
  return (await startProgram('clusterEngine.ts', [redisUrl, secret, ...[stepMs, batch, side, name].map(String)])).child
}

export interface ServerProgram {
  readonly child: ChildProcess
  readonly url: string
}

/** One of several servers as a program of its own, which ends with this one; resolves when it serves. */
export async function startServerProgram(options: {
  readonly redisUrl: string
  readonly databaseUrl: string
  readonly folder: string
  readonly secret: string
}): Promise<ServerProgram> {
  const { redisUrl, databaseUrl, folder, secret } = options
  const { child, printed } = await startProgram('clusterServer.ts', [redisUrl, databaseUrl, folder, secret])
  return { child, url: printed.trim() }
}

/** One of several programs that are the bot, which ends with this one; resolves when it takes part. */
export async function startBotProgram(options: {
  readonly redisUrl: string
  readonly databaseUrl: string
  readonly folder: string
  readonly secret: string
  readonly discord: { readonly api: string; readonly token: string }
}): Promise<ChildProcess> {
  const { redisUrl, databaseUrl, folder, secret, discord } = options
  const args = [redisUrl, databaseUrl, folder, secret, discord.api, discord.token]
  return (await startProgram('clusterBot.ts', args)).child
}

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Resolves with the first that it prints. */
async function startProgram(name: string, args: readonly string[]) {
  const file = join(import.meta.dirname, name)
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with ${code} before it served`)
  })
  const [printed] = (await Promise.race([once(child.stdout!, 'data'), failed])) as [Buffer]
  return { child, printed: printed.toString() }
}

export interface Balancer {
  readonly url: string
  close(): void
}

/** What stands before several servers: each connection goes to one of them at random, of those that take it. */
export async function startBalancer(servers: () => readonly string[]): Promise<Balancer> {
  const open = new Set<Socket>()
  const server = createServer(socket => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    void pass(socket, shuffled(servers()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

async function pass(socket: Socket, urls: readonly string[]): Promise<void> {
  for (const url of urls) {
    const { hostname, port } = new URL(url)
    const upstream = connect(Number(port), hostname)
    const isThere = await once(upstream, 'connect').then(
      () => true,
      () => false,
    )
    if (!isThere) continue
    upstream.on('error', () => socket.destroy())
    upstream.once('close', () => socket.destroy())
    socket.once('close', () => upstream.destroy())
    socket.pipe(upstream).pipe(socket)
    return
  }
  socket.destroy()
}

const shuffled = <T>(all: readonly T[]): T[] =>
  all
    .map(one => ({ one, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ one }) => one)
