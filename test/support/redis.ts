import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './freePort.ts'
import { isHere } from './need.ts'

export const hasRedis = isHere(
  isInstalled(),
  'tests of several machines need redis-server: install it (apt-get install redis-server).',
)

export interface RedisServer {
  readonly url: string
  pid(): number | undefined
  /** Ends it without its data, as a crash does; `goOn` starts it again, empty, at the same address. */
  halt(): Promise<void>
  goOn(): Promise<void>
  stop(): Promise<void>
}

/** A Redis of its own on a free port, which keeps nothing on disk. */
export async function startRedis(): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'fourstroke-redis-'))
  const port = await freePort()
  let child: ChildProcess | undefined
  async function goOn(): Promise<void> {
    const settings = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
    const started = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] })
    child = started
    await new Promise<void>((resolve, reject) => {
      started.stdout.on('data', (text: Buffer) => {
        if (text.includes('Ready to accept connections')) resolve()
      })
      started.once('exit', code => reject(new Error(`redis-server ended with ${code}`)))
      started.once('error', reject)
    })
  }
  async function halt(): Promise<void> {
    const ended = child
    if (!ended || ended.exitCode !== null || ended.signalCode !== null) return
    const gone = new Promise(resolve => ended.once('exit', resolve))
    ended.kill('SIGKILL')
    await gone
  }
  process.once('exit', () => child?.kill('SIGKILL'))
  await goOn()
  return {
    url: `redis://127.0.0.1:${port}`,
    pid: () => child?.pid,
    halt,
    goOn,
    async stop() {
      await halt()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function isInstalled(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
