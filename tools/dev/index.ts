/**
 * The inner loop, `npm run dev`: the server from source, started again when a file that it loads changes; the page by
 * Vite, which replaces what changed without a reload; and the engine, kept running until a file changes that it loads.
 * The page is the one at Vite's address; it speaks to the server through Vite.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { rootFolder } from '../../config.ts'
import { keepEngine } from './engineKeeper.ts'
import { watchLoadedFiles } from './loadedFiles.ts'

const folder = mkdtempSync(join(tmpdir(), 'fourstroke-dev-'))
const address = process.platform === 'win32' ? `\\\\.\\pipe\\${folder}` : join(folder, 'engine.sock')
const keeper = await keepEngine(address, line => console.log(`[dev] ${line}`))
watchLoadedFiles(join(rootFolder, 'engine', 'process', 'process.ts'), file =>
  keeper.restart(relative(rootFolder, file)),
)

const run = (name: string, ...args: string[]) =>
  spawn(join(rootFolder, 'node_modules', '.bin', name), args, { cwd: rootFolder, stdio: 'inherit' })
const programs = [
  run('tsx', 'watch', '--clear-screen=false', 'tools/dev/server.ts', address),
  run('vite', 'web', '--clearScreen', 'false'),
]
// Ctrl-C reaches all of them; whoever ends otherwise takes the others along, once: a second signal would not let them close.
let isEnding = false
process.on('SIGINT', () => {
  isEnding = true
})
process.on('SIGTERM', end)
let running = programs.length
for (const program of programs) {
  program.once('exit', code => {
    process.exitCode ??= code ?? 0
    running--
    end()
    if (running === 0) close()
  })
}

function end(): void {
  if (isEnding) return
  isEnding = true
  for (const program of programs) program.kill()
}

function close(): never {
  keeper.close()
  rmSync(folder, { recursive: true, force: true })
  process.exit()
}
