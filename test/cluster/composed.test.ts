/**
 * The profile `cluster` of compose.yaml without Docker: the processes that it describes, with its commands and settings, the
 * image's own and those that .env is to have. Names of containers are ports of this machine here.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { freePort } from '../support/freePort.ts'
import { hasObjectStorage, type ObjectStorage, startObjectStorage } from '../support/objectStorage.ts'
import { patient } from '../support/patience.ts'
import { type Postgres, postgresPrograms, startPostgres } from '../support/postgres.ts'
import { hasRedis } from '../support/redis.ts'
import { enterRoom } from '../support/roomClient.ts'
import { add, buildFrame, buildRectangle, canonical } from '../support/scenes.ts'
import { newGuest, newRoom } from '../support/server.ts'
import { temporaryFolder } from '../support/studio.ts'

interface Service {
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string | number>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly stop_grace_period?: string
}

const root = join(import.meta.dirname, '..', '..')
const { services } = parse(readFileSync(join(root, 'compose.yaml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<'server' | 'engine' | 'redis' | 'postgresql', Service>>
}
const image = readFileSync(join(root, 'Dockerfile'), 'utf8')
const imageEnvironment = Object.fromEntries(
  [...image.matchAll(/^ENV (.+)$/gm)].flatMap(([, line]) =>
    line!.split(' ').map(pair => pair.split('=') as [string, string]),
  ),
)
/** `["CMD", …]` in YAML, `CMD […]` in the Dockerfile. */
const imageHealthcheck = ['CMD', ...(JSON.parse(/^HEALTHCHECK .*\\\n +CMD (\[.+\])$/m.exec(image)![1]!) as string[])]
const engineListensAt = 7310

interface Container {
  readonly url: string
  readonly child: ChildProcess
  readonly ended: Promise<number | NodeJS.Signals | null>
  readonly isHealthy: () => boolean
  printed(): string
}

describe.runIf(hasRedis && postgresPrograms && hasObjectStorage())('the profile `cluster`', () => {
  const { folder, remove } = temporaryFolder()
  const started: ChildProcess[] = []
  let postgres: Postgres
  let storage: ObjectStorage
  let redisPort: number
  let dotenv: Readonly<Record<string, string>>

  beforeAll(async () => {
    postgres = await startPostgres(postgresPrograms!)
    storage = await startObjectStorage()
    const { bucket, endpoint, credentials } = await storage.newBucket()
    redisPort = await freePort()
    // As docs/scaling.md says what stands there, and a model that paints at once.
    dotenv = {
      ...{ DATABASE_URL: postgres.newDatabase(), CLUSTER_SECRET: 'a-secret-of-this-test' },
      ...{ STORAGE: `s3://${bucket}?endpoint=${endpoint}`, FOURSTROKE_MODEL: 'test/fixtures/pipelines/today' },
      ...{ AWS_ACCESS_KEY_ID: credentials!.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials!.secretAccessKey },
    }
  })
  afterAll(() => {
    for (const child of started) child.kill('SIGKILL')
    postgres?.stop()
    storage?.stop()
    remove()
  })

  const isRun = ([kind, program, ...args]: readonly string[], env: NodeJS.ProcessEnv = process.env): boolean => {
    const command = kind === 'CMD-SHELL' ? ['sh', '-c', program!] : [program!, ...args]
    return spawnSync(command[0]!, command.slice(1), { env }).status === 0
  }

  function startRedis(): void {
    const [program, ...args] = services.redis.command!
    const here = ['--port', `${redisPort}`, '--bind', '127.0.0.1', '--dir', folder]
    started.push(spawn(program!, [...args, ...here], { stdio: 'ignore' }))
  }
  const isRedisHealthy = () => {
    const [kind, program, ...args] = services.redis.healthcheck!.test
    return isRun([kind!, program!, '-p', `${redisPort}`, ...args])
  }
  const isPostgresHealthy = () => {
    const { hostname, port } = new URL(dotenv['DATABASE_URL']!)
    const [kind, command] = services.postgresql.healthcheck!.test
    return isRun([kind!, `${command} -h ${hostname} -p ${port}`])
  }

  async function startContainer(name: 'server' | 'engine'): Promise<Container> {
    const { command = [], environment = {}, healthcheck } = services[name]
    const [port, enginePort] = [await freePort(), await freePort()]
    const data = join(folder, `${name}${port}`)
    mkdirSync(data)
    const inside = Object.fromEntries(Object.entries(environment).map(([setting, value]) => [setting, `${value}`]))
    const here = {
      ...{ REDIS_URL: inside['REDIS_URL']!.replace('//redis', `//127.0.0.1:${redisPort}`), FOURSTROKE_DATA: data },
      ...{ PORT: `${port}`, NODE_URL: 'http://127.0.0.1', ENGINE_LISTEN: `127.0.0.1:${enginePort}` },
    }
    const env = { PATH: process.env['PATH'], ...imageEnvironment, ...dotenv, ...inside, ...here }
    // The image's entry point, from its source.
    const program = ['--import', import.meta.resolve('tsx'), join(root, 'main.ts')]
    const child = spawn(process.execPath, [...program, ...command], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    started.push(child)
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', chunk => {
        printed += chunk
      })
    }
    const asks = (healthcheck?.test ?? imageHealthcheck).map(part =>
      part.replace(`:${engineListensAt}/`, `:${enginePort}/`),
    )
    return {
      ...{ url: `http://127.0.0.1:${port}`, child, printed: () => printed, isHealthy: () => isRun(asks, env) },
      ended: new Promise(resolve => child.once('close', (code, signal) => resolve(signal ?? code))),
    }
  }

  it('draws on two servers, paints by its engine, keeps pictures in the bucket, and stops when it is told to', async () => {
    startRedis()
    // `depends_on`: the others start once these are healthy.
    await expect.poll(isRedisHealthy).toBe(true)
    expect(isPostgresHealthy()).toBe(true)
    expect(services.postgresql.environment).toMatchObject({ POSTGRES_USER: new URL(dotenv['DATABASE_URL']!).username })
    const containers = await Promise.all([startContainer('server'), startContainer('server'), startContainer('engine')])
    const [one, other] = containers
    const health = () =>
      containers.map(({ isHealthy, child, printed }) => isHealthy() || (child.exitCode !== null && printed()))
    await expect.poll(health, { timeout: patient(60_000), interval: 1_000 }).toEqual([true, true, true])

    const [ada, ben] = [await newGuest(one.url), await newGuest(other.url)]
    const { edit } = await newRoom(one.url, ada)
    const first = await enterRoom({ url: one.url, secret: edit, cookie: ada })
    const second = await enterRoom({ url: other.url, secret: edit, cookie: ben })
    first.operate(add(buildRectangle({ id: 'hers' })))
    second.operate(add(buildRectangle({ id: 'his' })))
    second.operate(add(buildFrame({ id: 'frame', live: false, prompt: 'a red house' })))
    await expect.poll(() => first.sync.scene.elements.size).toBe(3)
    await expect.poll(() => canonical(first.sync.scene)).toBe(canonical(second.sync.scene))

    await second.ask(answer => second.socket.emit('frame:paint', { frameId: 'frame' }, answer))
    const kept = () => [first, second].map(page => page.kept.length)
    await expect.poll(kept, { timeout: patient(60_000) }).toEqual([1, 1])
    // Kept at one server, in the bucket, it is shown by the other.
    const shown = await fetch(`${other.url}/files/${first.kept[0]!.file}`, { headers: { cookie: ben } })
    expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/png'])
    for (const page of [first, second]) page.close()

    const graceMs = Number.parseInt(services.server.stop_grace_period!, 10) * 1000
    for (const { child } of containers) child.kill('SIGTERM')
    const late = new Promise<string>(resolve => setTimeout(resolve, patient(graceMs), 'was killed'))
    const ends = await Promise.all(containers.map(({ ended }) => Promise.race([ended, late])))
    expect(ends).toEqual([0, 0, 0])
  })
})
