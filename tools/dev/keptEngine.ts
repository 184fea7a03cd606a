/** The engine's process as the reloading server sees it: a channel to the one that is kept. */
import { EventEmitter } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { EngineProcess } from '../../engine/process/supervisor.ts'
import { type FromKeeper, read, type ToKeeper, write } from './channel.ts'

/** In place of `forkEngine`. */
export function connectEngine(address: string): EngineProcess {
  return new KeptEngine(address)
}

class KeptEngine extends EventEmitter implements EngineProcess {
  /** Its keeper's terminal shows what it writes. */
  readonly stderr = null
  pid: number | undefined
  private readonly socket: Socket
  private hasExited = false

  constructor(address: string) {
    super()
    this.socket = connect(address)
    this.socket.on('error', error => this.emit('error', error))
    this.socket.once('close', () => this.exit(null, 'SIGHUP'))
    read<FromKeeper>(this.socket, value => this.onValue(value))
  }

  get connected(): boolean {
    return !this.hasExited && this.socket.writable
  }

  send(message: unknown): boolean {
    return this.write({ type: 'message', message } as ToKeeper)
  }

  kill(): boolean {
    return this.write({ type: 'kill' })
  }

  private write(value: ToKeeper): boolean {
    if (this.connected) write(this.socket, value)
    return this.connected
  }

  private onValue(value: FromKeeper): void {
    switch (value.type) {
      case 'spawned':
        this.pid = value.pid
        this.emit('spawn')
        break
      case 'message':
        this.emit('message', value.message)
        break
      case 'exit':
        this.exit(value.code, value.signal)
        break
      default:
        throw new Error(`Unknown value: ${JSON.stringify(value satisfies never)}`)
    }
  }

  private exit(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.hasExited) return
    this.hasExited = true
    this.socket.end()
    this.emit('exit', code, signal)
  }
}
