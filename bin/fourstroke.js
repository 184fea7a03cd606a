#!/usr/bin/env node
// Builds what is missing or older than its source, then runs the program. Plain JavaScript: it must run before anything is built.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import module from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stamp = join(root, 'dist', '.built')
// What tsc compiles, the page, and what says how: a new folder is added to tsconfig.build.json alone.
const sources = () => [
  ...JSON.parse(readFileSync(join(root, 'tsconfig.build.json'), 'utf8')).include,
  ...['web', 'prisma', 'package.json', 'tsconfig.json', 'tsconfig.build.json'],
]

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Fourstroke needs Node 20.19 or newer; this is ${process.version}. Install a current Node from nodejs.org.`,
  )
  process.exit(1)
}

giveMemoryBack()
if (isStale()) build()
// Node 22 and newer keep the compiled code of the modules between runs.
module.enableCompileCache?.()
await import(new URL('../dist/main.js', import.meta.url).href)

/**
 * glibc gives each of some sixteen threads an arena of its own, full of what is free (80 MB with fifty guests). And after
 * the first large block it no longer gives such blocks back one by one but keeps them among small ones, where what is
 * free is in pieces (40 MB of the server, 50 of the engine). It reads what it may when a process starts, so this one
 * begins again, as itself; Node before 22.15 cannot.
 */
function giveMemoryBack() {
  const { env, platform } = process
  if (platform !== 'linux' || process.send || !process.execve) return
  const wanted = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' }
  const missing = Object.entries(wanted).filter(([name]) => !env[name])
  if (missing.length === 0) return
  const environment = { ...env, ...Object.fromEntries(missing) }
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], environment)
}

function isStale() {
  if (!existsSync(join(root, 'main.ts'))) return false // an installed package carries dist/ and no source
  if (!existsSync(stamp)) return true
  const builtAt = statSync(stamp).mtimeMs
  return sources().some(source => newestIn(join(root, source)) > builtAt)
}

/**
 * Time of the newest file at or below a path, in ms; 0 where there is none. A path may end in `*.ts`: those files of the
 * folder. Generated code does not count.
 */
function newestIn(path) {
  if (basename(path) === '*.ts') {
    const files = readdirSync(dirname(path)).filter(name => name.endsWith('.ts'))
    return Math.max(0, ...files.map(name => newestIn(join(dirname(path), name))))
  }
  if (!existsSync(path)) return 0
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  if (path.endsWith(join('prisma', 'client'))) return 0
  return Math.max(0, ...readdirSync(path).map(name => newestIn(join(path, name))))
}

function build() {
  const startedAt = new Date()
  console.error('Building Fourstroke …')
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error(`${stdout}${stderr}\nThe build failed. Run "npm install" in ${root} and try again.`)
    process.exit(1)
  }
  writeFileSync(stamp, 'The time of this file is the time of the last build.\n')
  // A file saved while the build ran is newer than the stamp, so it is built next time.
  utimesSync(stamp, startedAt, startedAt)
}
