import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRemoteEngine, startEngineNode } from '../../../cluster/index.ts'
import { type Engine, type EngineOptions, openEngine, type StyleEngine } from '../../../engine/index.ts'
import type { Log } from '../../../logging.ts'

export const secret = 'a-secret-of-this-cluster'
const host = '127.0.0.1'
const addressOf = (port: number) => `http://${host}:${port}`

type Options = EngineOptions & { readonly log: Log }

/** An engine of this program, offered to others. */
export async function startNode(redisUrl: string, options: Options) {
  const engine = await openEngine(options)
  const cluster = { redisUrl, secret, log: options.log }
  const node = await startEngineNode({ ...cluster, engine, listen: { host, port: 0 }, addressOf })
  return {
    ...node,
    async close() {
      await node.close()
      await engine.close()
    },
  }
}

/** An engine, and what reaches it over Redis and a socket; closing closes both. */
export async function openBehindSocket(redisUrl: string, options: Options): Promise<Engine & StyleEngine> {
  const node = await startNode(redisUrl, options)
  const engine = await openRemoteEngine({ redisUrl, secret, log: options.log })
  const close = async () => {
    await engine.close()
    await node.close()
  }
  return new Proxy(engine, { get: (target, name) => (name === 'close' ? close : Reflect.get(target, name, target)) })
}

export interface EngineProgram {
  readonly child: ChildProcess
  readonly url: string
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | number | null>
  printed(): string
}

const root = join(import.meta.dirname, '..', '..', '..')

/** `fourstroke start --services=engine`, as operators start it, on a free port of this machine. */
export async function startEngineProgram(redisUrl: string, modelFolder: string): Promise<EngineProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'fourstroke-engine-'))
  const settings = {
    ...{ FOURSTROKE_MODEL: modelFolder, FOURSTROKE_DEVICE: 'cpu', FOURSTROKE_DATA: folder, DISCORD_TOKEN: '' },
    ...{ REDIS_URL: redisUrl, CLUSTER_SECRET: secret, NODE_URL: `http://${host}`, ENGINE_LISTEN: `${host}:0` },
  }
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(root, 'main.ts'), 'start', '--services=engine'],
    { cwd: folder, env: { ...process.env, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (text += chunk))
  const ended = new Promise<NodeJS.Signals | number | null>(resolve =>
    child.once('exit', (code, signal) => {
      rmSync(folder, { recursive: true, force: true })
      resolve(signal ?? code)
    }),
  )
  const urlOf = () => /Fourstroke engine +(\S+)/.exec(text)?.[1]
  let isOver = false
  void ended.then(() => (isOver = true))
  while (!urlOf()) {
    if (isOver) throw new Error(`The engine ended before it could be reached: ${text}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return { child, url: urlOf()!, ended, printed: () => text }
}
