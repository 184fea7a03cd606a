import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

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

it('image, unit and benchmarks let glibc have two arenas and give large blocks back', () => {
  for (const file of ['Dockerfile', 'docs/fourstroke.service', 'bench/canvas.ts']) {
    const text = readFileSync(file, 'utf8')
    expect(text, file).toMatch(/^(ENV|Environment=| +env:).*\bMALLOC_ARENA_MAX(=|: ')2\b/m)
    expect(text, file).toMatch(/^(ENV|Environment=| +env:).*\bMALLOC_MMAP_THRESHOLD_(=|: ')131072\b/m)
  }
})
