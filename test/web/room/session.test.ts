import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Reply } from '../../../protocol/events.ts'
import { openSession, type RoomSession } from '../../../web/room/session.ts'
import { toasts } from '../../../web/store/toasts.ts'
import { buildFrame, buildStroke, buildWelcome } from '../builders.ts'

/** Node has no storage of a browser; preferences look for it when they are loaded. */
vi.hoisted(() => {
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined, removeItem: () => undefined })
})

type Answer = (reply: Reply<unknown>) => void
type Listener = (...args: never[]) => void

/** A line to a server that the test plays. */
function openLine() {
  const listeners = new Map<string, Listener[]>()
  const emitted: { name: string; args: unknown[]; answer: Answer }[] = []
  const socket = {
    connected: false,
    active: false,
    on: (name: string, listener: Listener) => listeners.set(name, [...(listeners.get(name) ?? []), listener]),
    emit: (name: string, ...args: unknown[]) => {
      emitted.push({ name, args, answer: args.at(-1) as Answer })
    },
    connect: () => {
      socket.connected = true
      hear('connect')
    },
    disconnect: () => {
      socket.connected = false
    },
  }
  function hear(name: string, ...args: unknown[]): void {
    for (const listener of listeners.get(name) ?? []) listener(...(args as never[]))
  }
  /** The last message of a name, to be looked at and answered. */
  const last = (name: string) => emitted.findLast(one => one.name === name)
  return { socket, hear, last, emitted }
}

describe('a session', () => {
  let line: ReturnType<typeof openLine>
  let session: RoomSession

  beforeEach(() => {
    vi.useFakeTimers()
    toasts.set([])
    line = openLine()
    // A socket of Socket.IO has overloads for every event that it knows; this one takes them all.
    session = openSession('secret', { socket: line.socket as never, signIn: async () => undefined })
  })
  afterEach(() => {
    session.leave()
    vi.useRealTimers()
  })

  async function enter(over: Parameters<typeof buildWelcome>[0] = {}): Promise<void> {
    await vi.advanceTimersByTimeAsync(0)
    line.last('room:enter')!.answer({ ok: true, value: buildWelcome(over) })
    await vi.advanceTimersByTimeAsync(0)
  }
  const draw = () => {
    const { author, removed, ...element } = buildStroke()
    session.operate([{ type: 'add', element }])
  }
  const said = () => toasts.get().map(toast => toast.words)

  test('signs in, enters and asks what its frames have been', async () => {
    await enter({ clock: 1, scene: { type: 'all', elements: [buildFrame()] } })
    expect(line.last('room:enter')!.args[0]).toMatchObject({ secret: 'secret', clock: null })
    expect(session.connection.get().type).toBe('online')
    expect(session.canEdit()).toBe(true)
    expect(line.last('frame:history')!.args[0]).toEqual({ frameId: 'frame' })
  })

  test('keeps what is drawn offline and sends it once it is back', async () => {
    await enter()
    line.socket.connected = false
    line.hear('disconnect')
    draw()
    await vi.advanceTimersByTimeAsync(100)
    expect(line.last('scene:operate')).toBeUndefined()
    expect(session.unsent.get()).toBe(1)
    // The server hung up: the page signs in anew by itself.
    await vi.advanceTimersByTimeAsync(2_000)
    await enter()
    expect(line.last('scene:operate')!.args[0]).toMatchObject({ seq: 1 })
  })

  test('paints only what is stored: the stroke goes first', async () => {
    await enter()
    draw()
    void session.paint('frame')
    await vi.advanceTimersByTimeAsync(0)
    expect(line.last('frame:paint')).toBeUndefined()
    const { operations, seq } = line.last('scene:operate')!.args[0] as { operations: [unknown]; seq: number }
    const { client } = line.last('room:enter')!.args[0] as { client: string }
    line.hear('scene:operated', { operations: [{ clock: 1, client, seq, author: 'mira', operation: operations[0] }] })
    await vi.advanceTimersByTimeAsync(0)
    expect(line.last('frame:paint')!.args[0]).toEqual({ frameId: 'frame' })
  })

  test('says that painting waits while the line is down', async () => {
    await enter()
    line.socket.connected = false
    line.hear('disconnect')
    await session.paint('frame')
    expect(said()).toContainEqual(expect.stringContaining('You are offline'))
    expect(line.last('frame:paint')).toBeUndefined()
  })

  test('enters once more where the welcome does not come in time', async () => {
    await vi.advanceTimersByTimeAsync(10_000)
    expect(line.emitted.filter(one => one.name === 'room:enter')).toHaveLength(2)
    expect(session.connection.get().type).toBe('connecting')
  })

  test('closes where the room refuses it, and says why', async () => {
    await vi.advanceTimersByTimeAsync(0)
    line.last('room:enter')!.answer({ ok: false, refusal: { code: 'room/unknown', words: 'No such room.' } })
    await vi.advanceTimersByTimeAsync(0)
    expect(session.connection.get()).toEqual({ type: 'closed', message: 'No such room.' })
    expect(line.socket.connected).toBe(false)
  })

  test('asks for what it missed when operations did not all come', async () => {
    await enter()
    const { author, removed, ...element } = buildStroke()
    const operation = { type: 'add', element }
    line.hear('scene:operated', { operations: [{ clock: 5, client: 'theirs', seq: 1, author: 'jo', operation }] })
    expect(line.emitted.filter(one => one.name === 'room:enter')).toHaveLength(2)
  })

  test('sends where my pointer is, the newest only', async () => {
    await enter()
    session.moveCursor({ x: 1, y: 1 })
    session.moveCursor({ x: 2, y: 2 })
    await vi.advanceTimersByTimeAsync(50)
    const moves = line.emitted.filter(one => one.name === 'cursor:move')
    expect(moves.map(one => one.args[0])).toEqual([{ x: 2, y: 2 }])
  })

  test('says nothing more after it was left', async () => {
    await enter()
    draw()
    session.leave()
    const { length } = line.emitted
    await vi.advanceTimersByTimeAsync(60_000)
    expect(line.emitted).toHaveLength(length)
    expect(line.socket.connected).toBe(false)
  })
})
