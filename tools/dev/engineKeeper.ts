/**
 * Owns the engine process while the server in front of it comes and goes. To each server it looks like a process of its
 * own: what the last one had requested is cancelled, and a model that is open already is ready at once.
 */
import type { ChildProcess } from 'node:child_process'
import { createServer, type Server, type Socket } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import type { FromProcess, ToProcess } from '../../engine/process/messages.ts'
import { forkEngine } from '../../engine/process/supervisor.ts'
import { type FromKeeper, read, type ToKeeper, write } from './channel.ts'

export interface EngineKeeper {
  /** Ends the engine, because the file that is named changed; the server opens it again. */
  restart(file: string): void
  close(): void
}

/** Characters of what the engine wrote last, shown when it ends by itself. */
const maxOutput = 4000

interface EngineState {
  readonly child: ChildProcess
  /** What it was opened with, and what it said when that was done. */
  open: (ToProcess & { type: 'open' }) | undefined
  ready: (FromProcess & { type: 'ready' }) | undefined
}

/** What one server requested of the engine. */
interface Client {
  readonly socket: Socket
  readonly styles: Set<string>
  readonly jobs: Map<number, Job>
}

/** Ids of servers begin at 1 again and again, those of the engine never do. */
interface Job {
  readonly client: Client
  readonly id: number
  readonly engineId: number
  readonly kind: 'paint' | 'learn'
}

/** Listens at `address`, a path of a socket (or of a named pipe on Windows); one server is served at a time, the newest. */
export function keepEngine(address: string, say: (line: string) => void): Promise<EngineKeeper> {
  const keeper = new Keeper(say)
  const server = createServer(socket => keeper.connect(socket))
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, () => resolve(facadeOf(keeper, server)))
  })
}

function facadeOf(keeper: Keeper, server: Server): EngineKeeper {
  return {
    restart: file => keeper.restart(file),
    close() {
      server.close()
      keeper.close()
    },
  }
}

class Keeper {
  private readonly say: (line: string) => void
  private engine: EngineState | undefined
  private client: Client | undefined
  /** Jobs of all clients that the engine has not ended yet, by its ids. */
  private readonly jobs = new Map<number, Job>()
  private nextId = 1
  /** It ended by itself before it was ready: the same files would end it again. */
  private isBroken = false
  /** It was told to end. */
  private isEnding = false

  constructor(say: (line: string) => void) {
    this.say = say
  }

  connect(socket: Socket): void {
    this.release(this.client)
    const client: Client = { socket, styles: new Set(), jobs: new Map() }
    this.client = client
    socket.on('error', () => undefined)
    socket.once('close', () => this.release(client))
    read<ToKeeper>(socket, value => {
      if (client !== this.client) return
      if (value.type === 'kill') this.end()
      else this.onRequest(client, value.message)
    })
    this.introduce()
  }

  restart(file: string): void {
    this.isBroken = false
    this.say(`${file} changed: the engine starts again`)
    if (this.engine) this.end()
    else this.introduce()
  }

  private end(): void {
    this.isEnding = this.engine !== undefined
    this.engine?.child.kill('SIGKILL')
  }

  close(): void {
    this.release(this.client)
    this.end()
  }

  /** Gives the client its engine: the one that runs, or a new one. */
  private introduce(): void {
    if (!this.client) return
    if (this.isBroken) {
      this.say('The engine waits for a change before it is started again')
      return
    }
    this.engine ??= this.start()
    write(this.client.socket, { type: 'spawned', pid: this.engine.child.pid ?? 0 })
  }

  private start(): EngineState {
    const child = forkEngine(undefined)
    const engine: EngineState = { child, open: undefined, ready: undefined }
    let output = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-maxOutput)
    })
    child.on('message', (message: FromProcess) => this.onMessage(engine, message))
    child.once('exit', (code, signal) => {
      if (!this.isEnding) this.say(`The engine ended with ${signal ?? `code ${code}`}; it wrote:\n${output}`)
      this.onExit(engine, code, signal)
    })
    child.on('error', () => undefined)
    return engine
  }

  private onRequest(client: Client, message: ToProcess): void {
    switch (message.type) {
      case 'open':
        this.open(message)
        break
      case 'paint':
      case 'learn':
        this.send({ ...message, id: this.register(client, message.id, message.type) })
        break
      case 'cancel':
      case 'cancelLearning': {
        const job = client.jobs.get(message.id)
        if (job) this.send({ type: message.type, id: job.engineId })
        break
      }
      case 'registerStyle':
        client.styles.add(message.id)
        this.send(message)
        break
      case 'unregisterStyle':
        client.styles.delete(message.id)
        this.send(message)
        break
      case 'close':
        this.release(client)
        break
      default:
        throw new Error(`Unknown message: ${JSON.stringify(message satisfies never)}`)
    }
  }

  private open(message: ToProcess & { type: 'open' }): void {
    const engine = this.engine
    if (!engine) return
    if (engine.open === undefined) {
      engine.open = message
      this.send(message)
    } else if (!isDeepStrictEqual({ ...engine.open, avoid: message.avoid }, message)) {
      this.restart('A setting')
    } else if (engine.ready) {
      this.tell({ type: 'message', message: engine.ready })
    }
  }

  private register(client: Client, id: number, kind: Job['kind']): number {
    const job: Job = { client, id, engineId: this.nextId++, kind }
    client.jobs.set(id, job)
    this.jobs.set(job.engineId, job)
    return job.engineId
  }

  private onMessage(engine: EngineState, message: FromProcess): void {
    if (message.type === 'ready') engine.ready = message
    if (!('id' in message)) {
      this.tell({ type: 'message', message })
      return
    }
    const job = this.jobs.get(message.id)
    if (!job) return
    if (message.type === 'ended' || message.type === 'learned') {
      this.jobs.delete(job.engineId)
      job.client.jobs.delete(job.id)
    }
    if (job.client === this.client) this.tell({ type: 'message', message: { ...message, id: job.id } })
  }

  private onExit(engine: EngineState, code: number | null, signal: NodeJS.Signals | null): void {
    this.isBroken = engine.ready === undefined && !this.isEnding
    this.isEnding = false
    this.engine = undefined
    this.jobs.clear()
    this.tell({ type: 'exit', code, signal })
    this.client?.socket.end()
    this.client = undefined
  }

  /** What the server requested is of no interest any more; to it, the process has ended. */
  private release(client: Client | undefined): void {
    if (!client || client !== this.client) return
    for (const { engineId, kind } of client.jobs.values()) {
      this.send({ type: kind === 'paint' ? 'cancel' : 'cancelLearning', id: engineId })
    }
    for (const id of client.styles) this.send({ type: 'unregisterStyle', id })
    this.tell({ type: 'exit', code: 0, signal: null })
    client.socket.end()
    this.client = undefined
  }

  private send(message: ToProcess): void {
    if (this.engine?.child.connected) this.engine.child.send(message, () => undefined)
  }

  private tell(value: FromKeeper): void {
    if (this.client?.socket.writable) write(this.client.socket, value)
  }
}
