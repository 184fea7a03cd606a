import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { services as allServices, parseServices } from '../commands/services.ts'

const dockerfile = readFileSync('Dockerfile', 'utf8')
const ignored = readFileSync('.dockerignore', 'utf8').trim().split('\n')
const tracked = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).trim().split('\n')
/** Made by the steps of the Dockerfile themselves. */
const built = ['dist', 'node_modules']

it('the image holds files that there are, and what it is built from is not left out', () => {
  const copied = [...dockerfile.matchAll(/^COPY --from=build \/app\/(\S+)/gm)].map(([, path]) => path!)
  expect(copied.length).toBeGreaterThan(4)
  for (const path of copied.filter(path => !built.includes(path))) {
    expect(
      tracked.some(file => file === path || file.startsWith(`${path}/`)),
      path,
    ).toBe(true)
  }
  const sources = (JSON.parse(readFileSync('tsconfig.build.json', 'utf8')) as { include: string[] }).include
  for (const needed of [...sources, 'web', 'prisma/schema.prisma', 'tools/trimModules.sh']) {
    if (needed !== 'prisma/client')
      expect(
        ignored.some(name => needed === name || needed.startsWith(`${name}/`)),
        needed,
      ).toBe(false)
  }
})

it('runs as a normal user, on official images alone', () => {
  expect([...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)).toEqual([
    'node:20-bookworm-slim',
    'node:20-bookworm-slim',
  ])
  expect(dockerfile).toMatch(/^USER [1-9]\d*$/m)
})

/** `docker compose`, or Compose by itself: neither needs Docker's daemon to read a file. */
const compose = [['docker', 'compose'], ['docker-compose']].find(
  ([command, ...rest]) => spawnSync(command!, [...rest, 'version']).status === 0,
)

it.skipIf(compose === undefined)(
  'Compose takes compose.yaml, without settings, with PostgreSQL and as a cluster',
  () => {
    const [command, ...rest] = compose!
    const services = (environment: Record<string, string>, ...profile: string[]) => {
      const options = { encoding: 'utf8', env: { ...process.env, ...environment } } as const
      const printed = execFileSync(command!, [...rest, ...profile, 'config', '--format', 'json'], options)
      return (JSON.parse(printed) as { services: Record<string, { build?: { args: object }; ports?: object[] }> })
        .services
    }
    const small = services({})
    expect(Object.keys(small)).toEqual(['fourstroke'])
    expect(small['fourstroke']?.build?.args).toEqual({ POSTGRESQL_CLIENT: '' })
    const large = services({ POSTGRES_PASSWORD: 'secret', PORT: '8080' }, '--profile', 'postgresql')
    expect(Object.keys(large).sort()).toEqual(['fourstroke', 'postgresql'])
    const several = services({ POSTGRES_PASSWORD: 'secret', CLUSTER_SECRET: 'secret' }, '--profile', 'cluster')
    const names = ['balancer', 'engine', 'fourstroke', 'postgresql', 'redis', 'server']
    expect(Object.keys(several).sort()).toEqual(names)
    expect(large['fourstroke']).toMatchObject({
      build: { args: { POSTGRESQL_CLIENT: '1' } },
      ports: [{ target: 3000, published: '8080' }],
    })
  },
)

describe('compose.yaml', () => {
  const { services, configs, volumes } = parse(readFileSync('compose.yaml', 'utf8'), { merge: true }) as ComposeFile
  const cluster = Object.entries(services).filter(([, { profiles = [] }]) => profiles.includes('cluster'))

  it('names only what it has: services, checks that others wait for, configs, volumes, fields that Compose knows', () => {
    for (const [name, service] of Object.entries(services)) {
      expect(
        Object.keys(service).filter(field => !serviceFields.includes(field)),
        name,
      ).toEqual([])
      const waits = service.depends_on ?? {}
      for (const [other, how] of Array.isArray(waits)
        ? waits.map(one => [one, null] as const)
        : Object.entries(waits)) {
        expect(services[other], `${name} waits for ${other}`).toBeDefined()
        if (how?.condition === 'service_healthy') expect(services[other]?.healthcheck, other).toBeDefined()
      }
      for (const { source } of service.configs ?? []) expect(configs[source], source).toBeDefined()
      for (const volume of service.volumes ?? []) {
        const [source = ''] = volume.split(':')
        if (!source.startsWith('/')) expect(Object.keys(volumes), name).toContain(source)
      }
    }
  })

  it('starts all services of the program in the profile `cluster`, by commands and settings that it takes', () => {
    const settings = [...readFileSync('.env.example', 'utf8').matchAll(/^#? ?([A-Z_]+)=/gm)].map(([, name]) => name)
    const ours = cluster.filter(([, { image }]) => image === 'fourstroke')
    const started = ours.map(([, { command = [] }]) => {
      expect(command[0]).toBe('start')
      return [...parseServices(command[1]!.replace('--services=', ''))]
    })
    expect(started.flat().toSorted()).toEqual([...allServices].toSorted())
    for (const [name, { environment = {} }] of ours) {
      expect(
        Object.keys(environment).filter(setting => !settings.includes(setting)),
        name,
      ).toEqual([])
      expect(environment['REDIS_URL']).toBe('redis://redis')
    }
  })

  it('has a balancer before the port of the pages, and asks engines at the port where they listen', () => {
    const balancer = services['balancer']!
    const named = /^\$\{SERVERS:-(.+)\}$/.exec(`${balancer.environment?.['SERVERS']}`)?.[1]
    const containers = [1, 2, 3].map(
      index => `\${COMPOSE_PROJECT_NAME}-server-${index}:${services['server']?.environment?.['PORT']}`,
    )
    expect(named).toBe(containers.join(' '))
    const caddyfile = readFileSync(configs[balancer.configs![0]!.source]!.file, 'utf8')
    const taken = [...caddyfile.matchAll(/\{\$([A-Z_]+)/g)].map(([, name]) => name)
    expect([...new Set(taken)].toSorted()).toEqual(Object.keys(balancer.environment!).toSorted())
    const listen = /^ENGINE_LISTEN=.*:(\d+)$/m.exec(readFileSync('.env.example', 'utf8'))?.[1]
    expect(JSON.stringify(services['engine']?.healthcheck)).toContain(`127.0.0.1:${listen}/readyz`)
  })
})

it('image, unit and benchmarks let glibc have two arenas and give large blocks back', () => {
  for (const file of ['Dockerfile', 'docs/fourstroke.service', 'bench/canvas.ts']) {
    const text = readFileSync(file, 'utf8')
    expect(text, file).toMatch(/^(ENV|Environment=| +env:).*\bMALLOC_ARENA_MAX(=|: ')2\b/m)
    expect(text, file).toMatch(/^(ENV|Environment=| +env:).*\bMALLOC_MMAP_THRESHOLD_(=|: ')131072\b/m)
  }
})

/** What of a compose file is looked at (compose-spec.io). */
interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly configs: Readonly<Record<string, { readonly file: string }>>
  readonly volumes: Readonly<Record<string, unknown>>
}
interface ComposeService {
  readonly profiles?: readonly string[]
  readonly image?: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string | number>>
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string } | null>>
  readonly healthcheck?: object
  readonly configs?: readonly { readonly source: string }[]
  readonly volumes?: readonly string[]
}
const serviceFields = [
  ...['profiles', 'image', 'build', 'command', 'environment', 'env_file', 'depends_on', 'healthcheck', 'configs'],
  ...['volumes', 'ports', 'restart', 'init', 'stop_grace_period', 'read_only', 'tmpfs', 'cap_drop', 'security_opt'],
]
