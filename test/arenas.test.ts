import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { temporaryFolder } from './support/studio.ts'

const { folder, remove } = temporaryFolder()
afterAll(remove)

const canBeginAgain = process.platform === 'linux' && 'execve' in process

it.skipIf(!canBeginAgain)(
  'the program begins with an allocator that gives memory back, however it is started, and with all it was given',
  () => {
    // As it is installed: the program, and nothing to build it from.
    for (const part of ['bin', 'dist']) mkdirSync(join(folder, part))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    copyFileSync('bin/fourstroke.js', join(folder, 'bin', 'fourstroke.js'))
    const program =
      'const { argv, env } = process; console.log(JSON.stringify([env.MALLOC_ARENA_MAX, env.MALLOC_MMAP_THRESHOLD_, argv.slice(2)]))'
    writeFileSync(join(folder, 'dist', 'main.js'), program)
    const startWith = (arenas?: string) => {
      const { MALLOC_ARENA_MAX: _, MALLOC_MMAP_THRESHOLD_: __, ...environment } = process.env
      const env = { ...environment, ...(arenas !== undefined && { MALLOC_ARENA_MAX: arenas }) }
      const printed = execFileSync(process.execPath, ['bin/fourstroke.js', 'start', '--port', '3'], {
        cwd: folder,
        env,
      })
      return JSON.parse(String(printed)) as unknown
    }
    expect(startWith()).toEqual(['2', '131072', ['start', '--port', '3']])
    expect(startWith('')).toEqual(['2', '131072', ['start', '--port', '3']])
    expect(startWith('4')).toEqual(['4', '131072', ['start', '--port', '3']])
  },
)
