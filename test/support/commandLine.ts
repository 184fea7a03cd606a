import { spawn } from 'node:child_process'
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
  const run = (args: readonly string[], options: RunOptions = {}): Promise<Ran> => {
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), join(root, 'main.ts'), ...args], {
      cwd: folder,
      env: { ...process.env, ...settings, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
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
  return { folder, run, remove }
}
