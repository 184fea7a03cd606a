import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { temporaryFolder } from './studio.ts'

const root = join(import.meta.dirname, '..', '..')

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  /** Told of everything printed so far, and of how to press Ctrl-C, each time more is printed. */
  readonly sees?: (text: string, stop: () => void) => void
}
export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A program that serves. */
export interface Serving {
  readonly url: string
  readonly child: ChildProcess
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | number | null>
  printed(): string
}

/** The program as people run it, in a folder of its own, with a tiny model and all its data there. */
export function openCommandLine() {
  const { folder, remove } = temporaryFolder()
  const settings = {
    FOURSTROKE_DATA: join(folder, 'data'),
    FOURSTROKE_MODEL: join(root, 'test/fixtures/pipelines/today'),
    FOURSTROKE_LCM_LORA: '',
    FOURSTROKE_STYLE_TARGETS: '',
    FOURSTROKE_DEVICE: 'cpu',
    PORT: '0',
    DATABASE_URL: '',
    DISCORD_TOKEN: '',
  }
  const spawnProgram = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    spawn(process.execPath, ['--import', import.meta.resolve('tsx'), join(root, 'main.ts'), ...args], {
      cwd: folder,
      env: { ...process.env, ...settings, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const run = (args: readonly string[], options: RunOptions = {}): Promise<Ran> => {
    const child = spawnProgram(args, options.env)
    let out = ''
    let err = ''
    const see = () => options.sees?.(out + err, () => child.kill('SIGINT'))
    child.stdout.on('data', chunk => {
      out += chunk
      see()
    })
    child.stderr.on('data', chunk => {
      err += chunk
      see()
    })
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', code => resolve({ code, out, err }))
    })
  }
  /** The program that serves, once it says where; it goes on until somebody ends it. */
  async function serve(env: NodeJS.ProcessEnv = {}): Promise<Serving> {
    const child = spawnProgram(['start', '--no-warm-up'], env)
    const ended = new Promise<NodeJS.Signals | number | null>(resolve => {
      child.once('close', (code, signal) => resolve(signal ?? code))
    })
    let printed = ''
    const url = await new Promise<string>((resolve, reject) => {
      const see = (chunk: Buffer) => {
        printed += chunk
        const address = /Fourstroke +(http\S+)/.exec(printed)?.[1]
        if (address && printed.includes('Ctrl-C stops it')) resolve(address)
      }
      child.stdout.on('data', see)
      child.stderr.on('data', see)
      void ended.then(how => reject(new Error(`It ended with ${how}: ${printed}`)))
    })
    return { url, child, ended, printed: () => printed }
  }
  return { folder, run, serve, remove }
}
