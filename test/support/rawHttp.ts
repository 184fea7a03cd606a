import { connect, type Socket } from 'node:net'

/** What came back over a raw line. */
export interface RawAnswer {
  readonly status: number
  readonly headers: string
  readonly body: string
  /** `end`: the server said that it is done; `reset`: it cut the line. */
  readonly how: 'end' | 'reset' | 'open'
}

/** HTTP as it is written, where a client would hide what happens: it sends and reads at the same time. */
export interface RawLine {
  readonly socket: Socket
  write(bytes: string | Uint8Array): Promise<void>
  /** Resolves with the first whole answer, or with what there is when the line ends. */
  answer(): Promise<RawAnswer>
  end(): void
}

export function openRawLine(url: string, options: { readonly localAddress?: string } = {}): RawLine {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), ...options })
  let text = ''
  let how: RawAnswer['how'] = 'open'
  const waiting: (() => void)[] = []
  const changed = () => {
    for (const wake of waiting.splice(0)) wake()
  }
  socket.on('data', data => {
    text += data.toString('latin1')
    changed()
  })
  socket.on('end', () => {
    how = 'end'
    changed()
  })
  socket.on('error', () => {
    how = 'reset'
    changed()
  })
  socket.on('close', changed)

  function parse(): RawAnswer | null {
    const headerEnd = text.indexOf('\r\n\r\n')
    if (headerEnd === -1) return null
    const headers = text.slice(0, headerEnd)
    const length = Number(/content-length: (\d+)/i.exec(headers)?.[1] ?? 0)
    const body = text.slice(headerEnd + 4)
    if (body.length < length) return null
    return { status: Number(headers.split(' ')[1]), headers, body: body.slice(0, length), how }
  }

  return {
    socket,
    write: bytes => new Promise(resolve => socket.write(bytes, () => resolve())),
    async answer() {
      while (true) {
        const parsed = parse()
        if (parsed) return parsed
        if (how !== 'open') return { status: 0, headers: '', body: text, how }
        await new Promise<void>(resolve => waiting.push(resolve))
      }
    },
    end: () => socket.destroy(),
  }
}

/** One request, sent whole. */
export async function rawRequest(url: string, head: readonly string[], body = ''): Promise<RawAnswer> {
  const line = openRawLine(url)
  await line.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  const answer = await line.answer()
  line.end()
  return answer
}
