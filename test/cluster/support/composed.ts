/**
 * The profile `cluster` of compose.yaml without Docker: the processes that it describes, with its commands and settings, the
 * image's own and those that .env is to have. Names of containers are ports of this machine here.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { freePort } from '../../support/freePort.ts'
import { hasObjectStorage, startObjectStorage } from '../../support/objectStorage.ts'
import { postgresPrograms, startPostgres } from '../../support/postgres.ts'
import { hasRedis } from '../../support/redis.ts'
import { temporaryFolder } from '../../support/studio.ts'

interface Service {
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string | number>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly stop_grace_period?: string
}

const root = join(import.meta.dirname, '..', '..', '..')
export const { services } = parse(readFileSync(join(root, 'compose.yaml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<'server' | 'engine' | 'redis' | 'postgresql', Service>>
}
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8')
const imageEnvironment = Object.fromEntries(
  [...dockerfile.matchAll(/^ENV (.+)$/gm)].flatMap(([, line]) =>
    line!.split(' ').map(pair => pair.split('=') as [string, string]),
  ),
)
/** `["CMD", …]` in YAML, `CMD […]` in the Dockerfile. */
const imageHealthcheck = [
  'CMD',
  ...(JSON.parse(/^HEALTHCHECK .*\\\n +CMD (\[.+\])$/m.exec(dockerfile)![1]!) as string[]),
]
const engineListensAt = 7310

/** Whether it can run here. */
export const canCompose = (): boolean => hasRedis && postgresPrograms !== undefined && hasObjectStorage()

/** The image's entry point. */
export interface Program {
  readonly folder: string
  readonly args: readonly string[]
}
/** From its source, as nothing is built for it. */
export const fromSource: Program = {
  folder: root,
  args: ['--import', import.meta.resolve('tsx'), join(root, 'main.ts')],
}

export interface Container {
  readonly url: string
  readonly child: ChildProcess
  readonly ended: Promise<number | NodeJS.Signals | null>
  readonly isHealthy: () => boolean
  printed(): string
}

export interface Composed {
  startRedis(): void
  isRedisHealthy(): boolean
  isPostgresHealthy(): boolean
  /** On a port of its own, but for `PORT` among the settings. */
  start(name: 'server' | 'engine', settings?: Readonly<Record<string, string>>): Promise<Container>
  close(): void
}

/** PostgreSQL and the bucket run; what compose.yaml starts is for the caller to start. */
export async function openComposed(program: Program = fromSource): Promise<Composed> {
  const { folder, remove } = temporaryFolder()
  const started: ChildProcess[] = []
  const postgres = await startPostgres(postgresPrograms!)
  const storage = await startObjectStorage()
  const { bucket, endpoint, credentials } = await storage.newBucket()
  const redisPort = await freePort()
  // As docs/scaling.md says what stands there, and a model that paints at once.
  const dotenv: Readonly<Record<string, string>> = {
    ...{ DATABASE_URL: postgres.newDatabase(), CLUSTER_SECRET: 'a-secret-of-this-test' },
    ...{
      STORAGE: `s3://${bucket}?endpoint=${endpoint}`,
      FOURSTROKE_MODEL: join(root, 'test/fixtures/pipelines/today'),
    },
    ...{ AWS_ACCESS_KEY_ID: credentials!.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials!.secretAccessKey },
  }

  return {
    startRedis() {
      const [redis, ...args] = services.redis.command!
      const here = ['--port', `${redisPort}`, '--bind', '127.0.0.1', '--dir', folder]
      started.push(spawn(redis!, [...args, ...here], { stdio: 'ignore' }))
    },
    isRedisHealthy() {
      const [kind, command, ...args] = services.redis.healthcheck!.test
      return isRun([kind!, command!, '-p', `${redisPort}`, ...args])
    },
    isPostgresHealthy() {
      const { hostname, port } = new URL(dotenv['DATABASE_URL']!)
      const [kind, command] = services.postgresql.healthcheck!.test
      return isRun([kind!, `${command} -h ${hostname} -p ${port}`])
    },
    async start(name, settings = {}) {
      const { command = [], environment = {}, healthcheck } = services[name]
      const [port, enginePort] = [settings['PORT'] ?? (await freePort()), await freePort()]
      const data = join(folder, `${name}${port}`)
      mkdirSync(data, { recursive: true })
      const inside = Object.fromEntries(Object.entries(environment).map(([setting, value]) => [setting, `${value}`]))
      const here = {
        ...{ REDIS_URL: inside['REDIS_URL']!.replace('//redis', `//127.0.0.1:${redisPort}`), FOURSTROKE_DATA: data },
        ...{ PORT: `${port}`, NODE_URL: 'http://127.0.0.1', ENGINE_LISTEN: `127.0.0.1:${enginePort}` },
      }
      const env = { PATH: process.env['PATH'], ...imageEnvironment, ...dotenv, ...inside, ...here, ...settings }
      const asked = (healthcheck?.test ?? imageHealthcheck).map(part =>
        part.replace(`:${engineListensAt}/`, `:${enginePort}/`),
      )
      const running = run(program, command, env)
      started.push(running.child)
      return { ...running, url: `http://127.0.0.1:${port}`, isHealthy: () => isRun(asked, env) }
    },
    close() {
      for (const child of started) child.kill('SIGKILL')
      postgres.stop()
      storage.stop()
      remove()
    },
  }
}

function run({ folder, args }: Program, command: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [...args, ...command], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      printed += chunk
    })
  }
  const ended = new Promise<number | NodeJS.Signals | null>(resolve =>
    child.once('close', (code, signal) => resolve(signal ?? code)),
  )
  return { child, printed: () => printed, ended }
}

function isRun([kind, program, ...args]: readonly string[], env: NodeJS.ProcessEnv = process.env): boolean {
  const command = kind === 'CMD-SHELL' ? ['sh', '-c', program!] : [program!, ...args]
  return spawnSync(command[0]!, command.slice(1), { env }).status === 0
}
