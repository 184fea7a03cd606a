import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './freePort.ts'
import { isHere } from './need.ts'

export const hasCaddy = (): boolean =>
  isHere(
    spawnSync('caddy', ['version']).status === 0,
    'tests of the balancer need Caddy: install it (apt-get install caddy).',
  )

/** Caddy with the project's own Caddyfile, before servers of this machine. */
export interface Caddy {
  readonly url: string
  printed(): string
  stop(): Promise<void>
}

const caddyfile = join(import.meta.dirname, '..', '..', 'Caddyfile')

/** Resolves when it listens. `urls`: of the servers; `environment`: what else the Caddyfile takes. */
export async function startCaddy(
  urls: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Caddy> {
  const folder = mkdtempSync(join(tmpdir(), 'fourstroke-caddy-'))
  const [port, adminPort] = [await freePort(), await freePort()]
  const own = { SITE: `:${port}`, SERVERS: urls.map(url => new URL(url).host).join(' ') }
  const places = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  const child = spawn('caddy', ['run', '--config', caddyfile, '--adapter', 'caddyfile'], {
    env: { PATH: process.env['PATH'], CADDY_ADMIN: `127.0.0.1:${adminPort}`, ...places, ...own, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  let printed = ''
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (text: Buffer) => {
      printed += text
      if (printed.includes('serving initial configuration')) resolve()
    })
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`caddy ended with ${code}: ${printed}`)))
  })
  return {
    url: `http://127.0.0.1:${port}`,
    printed: () => printed,
    async stop() {
      process.off('exit', end)
      const gone = once(child, 'exit')
      end()
      await gone
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
