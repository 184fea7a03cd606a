/** The Dockerfile's steps by hand, for a machine without Docker: the files that its image holds, in a folder. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Program } from './composed.ts'

const root = join(import.meta.dirname, '..', '..', '..')

/** Takes some minutes, and npm's registry. What its base images and RUN lines of the system bring is this machine's. */
export function buildImage(folder: string): Program {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8').replace(/\\\n/g, '')
  const [, build = '', image = ''] = dockerfile.split(/^FROM .*$/m)
  const [source, app] = [join(folder, 'build'), join(folder, 'app')]
  for (const [, instruction, rest] of instructionsOf(build)) {
    if (instruction === 'COPY') copyIn(rest!, source)
    if (instruction === 'RUN')
      execFileSync('sh', ['-c', rest!], { cwd: source, env: cleanEnvironment(), stdio: 'pipe' })
  }
  for (const [, instruction, rest] of instructionsOf(image)) {
    const [, from, to] = /^--from=build \/app\/(\S+) (\S+)$/.exec(rest!) ?? []
    if (instruction !== 'COPY') continue
    if (from === undefined || to === undefined) throw new Error(`Expected COPY --from=build /app/…, got ${rest}`)
    // It is big, and the build's folder is not needed any more.
    cpSync(join(source, from), join(app, to === './' ? from : to), { recursive: true, verbatimSymlinks: true })
  }
  const [program, ...args] = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(image)![1]!) as string[]
  if (program !== 'node') throw new Error(`Expected the entry point of the image to be node, got ${program}`)
  return { folder: app, args }
}

const instructionsOf = (stage: string) => stage.matchAll(/^(COPY|RUN) +(.+)$/gm)

/** `COPY package.json .npmrc ./` of what git knows and .dockerignore does not keep out. */
function copyIn(rest: string, folder: string): void {
  const sources = rest.split(' ').slice(0, -1)
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').trim().split('\n')
  const isUnder = (file: string, path: string) => path === '.' || file === path || file.startsWith(`${path}/`)
  const known = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
  for (const file of known.trim().split('\n')) {
    if (ignored.some(path => isUnder(file, path)) || !sources.some(path => isUnder(file, path))) continue
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    cpSync(join(root, file), join(folder, file))
  }
}

/** As it is in a container: nothing of the tests', nor of the npm that runs them. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env
  return {
    PATH: PATH!
      .split(':')
      .filter(place => !place.includes('node_modules'))
      .join(':'),
    HOME,
  }
}
