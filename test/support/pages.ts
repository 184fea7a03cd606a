import { readdirSync, statSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { build } from 'vite'

const root = join(import.meta.dirname, '..', '..')
export const pagesFolder = join(root, 'dist', 'web')

/** Builds the pages when they are missing or older than what they are made of. */
export async function buildPages(): Promise<void> {
  const sources = ['web', 'protocol', 'language'].flatMap(folder => filesIn(join(root, folder)))
  const newest = Math.max(...sources.map(file => statSync(file).mtimeMs))
  const built = statSync(join(pagesFolder, 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (built > newest) return
  // Under a test runner Vite would take React's slow, large development build, and leave it for `npm start` to serve.
  const { NODE_ENV } = process.env
  process.env['NODE_ENV'] = 'production'
  try {
    await build({ configFile: join(root, 'web', 'vite.config.ts'), logLevel: 'warn' })
  } finally {
    if (NODE_ENV === undefined) delete process.env['NODE_ENV']
    else process.env['NODE_ENV'] = NODE_ENV
  }
}

export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
}

/** A line to the server with a switch: while it is off, what was connected is cut and nothing gets through. */
export interface SwitchedLine {
  readonly url: string
  off(): void
  on(): void
  close(): Promise<void>
}

export async function openSwitchedLine(target: string): Promise<SwitchedLine> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let isOn = true
  const server = createServer(browser => {
    if (!isOn) return void browser.destroy()
    const upstream = connect(Number(port), hostname)
    for (const [one, other] of [
      [browser, upstream],
      [upstream, browser],
    ] as const) {
      sockets.add(one)
      one.pipe(other)
      // An error is followed by its close, which ends both sides.
      one
        .on('error', () => other.destroy())
        .on('close', () => {
          sockets.delete(one)
          other.destroy()
        })
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const off = () => {
    isOn = false
    for (const socket of sockets) socket.destroy()
  }
  return {
    // A TCP server has a port.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    off,
    on() {
      isOn = true
    },
    async close() {
      off()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
