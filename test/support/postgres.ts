import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './freePort.ts'

export interface Postgres {
  /** A new, empty database. */
  newDatabase(): string
  /** Of the process above all others. */
  pid(): number
  /** Ends the server and all connections at once, as a crash does; `goOn` starts it again with the same data. */
  halt(): void
  goOn(): void
  stop(): void
}

/** Debian's programs of the newest version that is installed. */
export const postgresPrograms = findPrograms()

/** A PostgreSQL server of its own on a free port, without a care for its data. */
export async function startPostgres(bin: string): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'fourstroke-postgres-'))
  const user = unprivilegedUser()
  if (user) chownSync(folder, user.uid, user.gid)
  const run = (program: string, args: string[]) =>
    execFileSync(join(bin, program), args, { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })

  const data = join(folder, 'data')
  const port = await freePort()
  run('initdb', ['-D', data, '-U', 'fourstroke', '-A', 'trust', '-E', 'UTF8', '--no-sync'])
  const settings = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off`
  const goOn = () => run('pg_ctl', ['-D', data, '-o', settings, '-l', join(folder, 'log'), '-w', 'start'])
  const halt = () => run('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop'])
  goOn()

  let databases = 0
  return {
    newDatabase() {
      const name = `test${++databases}`
      run('createdb', ['-h', '127.0.0.1', '-p', String(port), '-U', 'fourstroke', name])
      return `postgresql://fourstroke@127.0.0.1:${port}/${name}`
    },
    pid: () => Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]),
    halt: () => void halt(),
    goOn: () => void goOn(),
    stop() {
      halt()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function findPrograms(): string | undefined {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return undefined
  return readdirSync(root)
    .sort((a, b) => Number(b) - Number(a))
    .map(version => join(root, version, 'bin'))
    .find(bin => existsSync(join(bin, 'initdb')))
}

/** The server refuses to run as root: then it runs as the user that Debian makes for it. */
function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
