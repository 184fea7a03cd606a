// The inner loop: the server from source, started again when a file that it loads changes, and the page by Vite, which
// replaces what changed without a reload. The page is the one at Vite's address; it speaks to the server through Vite.
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = name => join(root, 'node_modules', '.bin', name)

const programs = [
  // The engine measures nothing first: after a change it paints again about a second later.
  spawn(bin('tsx'), ['watch', '--clear-screen=false', 'main.ts', 'start', '--no-warm-up'], {
    cwd: root,
    stdio: 'inherit',
  }),
  spawn(bin('vite'), ['web', '--clearScreen', 'false'], { cwd: root, stdio: 'inherit' }),
]
// Ctrl-C reaches all of them; whoever ends otherwise takes the other along.
process.on('SIGINT', () => undefined)
for (const program of programs) {
  program.once('exit', code => {
    process.exitCode ??= code ?? 0
    for (const other of programs) other.kill()
  })
}
