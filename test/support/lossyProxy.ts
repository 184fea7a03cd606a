import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A line between one browser and the server that can be slow, cut, or dead without either side knowing. */
export interface LossyProxy {
  readonly url: string
  /** How long every piece takes in each direction, from now on. */
  delayMs: number
  /** Cuts the line. What was on its way is lost. */
  cut(): void
  /** Cuts the browser's side; what it had sent still reaches the server, later than what it sends over its next line. */
  cutLate(ms: number): void
  /** Swallows everything, while both sides think that the line is up; cut after `ms`. */
  deafen(ms: number): void
  close(): Promise<void>
}

export async function openLossyProxy(target: string): Promise<LossyProxy> {
  const { hostname, port } = new URL(target)
  const lines = new Set<Line>()
  const proxy = { delayMs: 0 }
  const server = createServer(browser => {
    const line = openLine(browser, connect(Number(port), hostname), proxy)
    lines.add(line)
    browser.once('close', () => lines.delete(line))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const timers = new Set<NodeJS.Timeout>()
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      for (const line of lines) line.cut()
    },
    cutLate(ms: number) {
      for (const line of lines) line.cutLate(ms)
    },
    deafen(ms: number) {
      for (const line of lines) {
        line.deafen()
        timers.add(setTimeout(() => line.cut(), ms))
      }
    },
    async close() {
      for (const timer of timers) clearTimeout(timer)
      for (const line of lines) line.cut()
      await new Promise(resolve => server.close(resolve))
    },
  })
}

interface Line {
  cut(): void
  cutLate(ms: number): void
  deafen(): void
}

function openLine(browser: Socket, server: Socket, proxy: { readonly delayMs: number }): Line {
  let isDeaf = false
  let lateMs: number | null = null
  // The other side's errors are our closes: a cut line reports itself on both ends.
  const cut = () => {
    browser.destroy()
    server.destroy()
  }
  const carry = (to: Socket, wait: () => number) => {
    // A timer per piece keeps pieces in order only while delays do not shrink: each waits for the one before.
    let before = Promise.resolve()
    return (piece: Buffer) => {
      const due = new Promise(resolve => setTimeout(resolve, wait()))
      before = before
        .then(() => due)
        .then(() => {
          if (!isDeaf && !to.destroyed) to.write(piece)
        })
    }
  }
  browser.on(
    'data',
    carry(server, () => lateMs ?? proxy.delayMs),
  )
  server.on(
    'data',
    carry(browser, () => proxy.delayMs),
  )
  browser.on('error', cut).on('close', () => {
    if (lateMs === null) cut()
  })
  server.on('error', cut).on('close', cut)
  return {
    cut,
    cutLate(ms) {
      lateMs = ms
      browser.destroy()
      setTimeout(cut, ms * 2 + proxy.delayMs)
    },
    deafen() {
      isDeaf = true
    },
  }
}
