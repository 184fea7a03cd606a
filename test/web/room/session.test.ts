import '../emptyStorage.ts'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { UserError } from '../../../protocol/errors.ts'
import { packElements, unpackStream } from '../../../protocol/packScene.ts'
import { openSession, type RoomSession } from '../../../web/room/session.ts'
import { toasts } from '../../../web/store/toasts.ts'
import { buildFrame, buildStroke, buildWelcome } from '../builders.ts'
import { openLine, type PlayedLine } from '../line.ts'

/** Node has no storage of a browser; preferences look for it when they are loaded. */
describe('a session', () => {
  let line: PlayedLine
  let session: RoomSession

  beforeEach(() => {
    vi.useFakeTimers()
    toasts.set([])
    line = openLine()
    session = openSession('secret', {
      socket: line.socket,
      isKnown: () => false,
      signIn: async () => undefined,
      showLink: () => undefined,
      firstScene: async () => null,
    })
  })
  afterEach(() => {
    session.leave()
    vi.useRealTimers()
  })

  async function enter(over: Parameters<typeof buildWelcome>[0] = {}): Promise<void> {
    await vi.advanceTimersByTimeAsync(0)
    last('room:enter').answer({ ok: true, value: buildWelcome(over) })
    await vi.advanceTimersByTimeAsync(0)
  }
  const draw = () => {
    const { author, removed, ...element } = buildStroke()
    session.operate([{ type: 'add', element }])
  }
  /** The last message of a name. */
  const last = (name: string) => line.sent(name).at(-1)!
  const said = () => toasts.get().map(toast => toast.message)

  test('signs in, enters and asks what its frames have been', async () => {
    await enter({ clock: 1, scene: { type: 'all', elements: [buildFrame()] } })
    expect(last('room:enter').args[0]).toMatchObject({ secret: 'secret', clock: null })
    expect(session.connection.get().type).toBe('online')
    expect(session.canEdit()).toBe(true)
    expect(last('frame:history').args[0]).toEqual({ frameId: 'frame' })
  })

  const elements = Array.from({ length: 400 }, (_, index) => buildStroke({ id: `s${index}` }))
  const facts = { clock: 400, canEdit: true, box: { x: 0, y: 0, width: 100, height: 10 }, hasFrames: false }
  /** The scene, `bytes` of it. */
  async function* comes(bytes?: number) {
    yield packElements(elements).slice(0, bytes)
  }

  test('E8: shows what is drawn before the line opens, and asks only for what has come since', async () => {
    let open: () => void = () => undefined
    const early = openSession('secret', {
      socket: line.socket,
      isKnown: () => false,
      showLink: () => undefined,
      firstScene: async () => ({ facts, parts: unpackStream(comes()) }),
      signIn: () =>
        new Promise(resolve => {
          open = resolve
        }),
    })
    await vi.advanceTimersByTimeAsync(0)
    expect(early.foreseen.get()).toEqual(facts)
    expect(early.elements.length).toBeGreaterThan(0)
    expect(early.entered.get()).toBeNull()
    expect(early.canEdit()).toBe(false)
    open()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(early.elements).toHaveLength(400)
    expect(last('room:enter').args[0]).toMatchObject({ clock: 400 })
    last('room:enter').answer({
      ok: true,
      value: buildWelcome({ clock: 400, scene: { type: 'since', operations: [] } }),
    })
    await vi.advanceTimersByTimeAsync(0)
    expect(early.canEdit()).toBe(true)
    expect(early.elements).toHaveLength(400)
    early.leave()
  })

  test('E8: asks for all that is drawn where it broke off on its way', async () => {
    const said = vi.spyOn(console, 'info').mockImplementationOnce(() => undefined)
    const early = openSession('secret', {
      socket: line.socket,
      isKnown: () => false,
      showLink: () => undefined,
      signIn: async () => undefined,
      firstScene: async () => ({ facts, parts: unpackStream(comes(-10)) }),
    })
    await vi.advanceTimersByTimeAsync(0)
    expect(early.elements).toHaveLength(100)
    expect(last('room:enter').args[0]).toMatchObject({ clock: 400 })
    const value = buildWelcome({ clock: 400, scene: { type: 'since', operations: [] } })
    last('room:enter').answer({ ok: true, value })
    await vi.advanceTimersByTimeAsync(1_000)
    expect(last('room:enter').args[0]).toMatchObject({ clock: null })
    last('room:enter').answer({ ok: true, value: buildWelcome({ clock: 400, scene: { type: 'all', elements } }) })
    await vi.advanceTimersByTimeAsync(0)
    expect(early.elements).toHaveLength(400)
    expect(early.canEdit()).toBe(true)
    early.leave()
    expect(said).toHaveBeenCalledOnce()
    said.mockRestore()
  })

  test('E7: keeps what is drawn offline and sends it once it is back', async () => {
    await enter()
    line.cut()
    draw()
    await vi.advanceTimersByTimeAsync(100)
    expect(line.sent('scene:operate')).toEqual([])
    expect(session.unsent.get()).toBe(1)
    // The server hung up: the page signs in anew by itself.
    await vi.advanceTimersByTimeAsync(2_000)
    await enter()
    expect(last('scene:operate').args[0]).toMatchObject({ seq: 1 })
  })

  test('paints only what is stored: the stroke goes first', async () => {
    await enter()
    draw()
    void session.paint('frame')
    await vi.advanceTimersByTimeAsync(0)
    expect(line.sent('frame:paint')).toEqual([])
    const { operations, seq } = last('scene:operate').args[0] as { operations: [unknown]; seq: number }
    const { client } = last('room:enter').args[0] as { client: string }
    line.send('scene:operated', { operations: [{ clock: 1, client, seq, author: 'mira', operation: operations[0] }] })
    await vi.advanceTimersByTimeAsync(0)
    expect(last('frame:paint').args[0]).toEqual({ frameId: 'frame' })
  })

  test('says that painting waits while the line is down', async () => {
    await enter()
    line.cut()
    await session.paint('frame')
    expect(said()).toContainEqual(expect.stringContaining('You are offline'))
    expect(line.sent('frame:paint')).toEqual([])
  })

  test('enters once more where the welcome does not come in time', async () => {
    await vi.advanceTimersByTimeAsync(10_001)
    expect(line.sent('room:enter')).toHaveLength(2)
    expect(session.connection.get().type).toBe('connecting')
  })

  test('waits for a server that has a fault for a while, and loses nothing of what was drawn', async () => {
    await enter()
    line.cut()
    draw()
    await vi.advanceTimersByTimeAsync(2_000)
    const fault = { code: 'server/bug', message: 'Something went wrong.' }
    for (let asked = 1; asked <= 2; asked++) {
      last('room:enter').answer({ ok: false, error: fault })
      await vi.advanceTimersByTimeAsync(2_000)
      expect(line.sent('room:enter')).toHaveLength(2 + asked)
    }
    await enter()
    expect(session.connection.get().type).toBe('online')
    expect(last('scene:operate').args[0]).toMatchObject({ seq: 1 })
  })

  test('stays open where whoever sits there cannot be looked up for a while', async () => {
    let isBroken = false
    session.leave()
    line = openLine()
    session = openSession('secret', {
      ...{ socket: line.socket, isKnown: () => false, showLink: () => undefined, firstScene: async () => null },
      signIn: async () => {
        if (isBroken) throw new UserError('server/bug')
      },
    })
    await enter()
    isBroken = true
    line.cut()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(session.connection.get().type).toBe('offline')
    isBroken = false
    await vi.advanceTimersByTimeAsync(2_000)
    await enter()
    expect(session.connection.get().type).toBe('online')
  })

  test('closes where the room refuses it, and says why', async () => {
    await vi.advanceTimersByTimeAsync(0)
    last('room:enter').answer({ ok: false, error: { code: 'room/missing', message: 'No such room.' } })
    await vi.advanceTimersByTimeAsync(0)
    expect(session.connection.get()).toEqual({ type: 'closed', code: 'room/missing', message: 'No such room.' })
    expect(line.isConnected()).toBe(false)
  })

  test('C8: asks for what it missed when operations did not all come', async () => {
    await enter()
    const { author, removed, ...element } = buildStroke()
    const operation = { type: 'add', element }
    line.send('scene:operated', { operations: [{ clock: 5, client: 'theirs', seq: 1, author: 'jo', operation }] })
    expect(line.sent('room:enter')).toHaveLength(2)
  })

  test('sends where my pointer is, the newest only', async () => {
    await enter()
    session.moveCursor({ x: 1, y: 1 })
    session.moveCursor({ x: 2, y: 2 })
    await vi.advanceTimersByTimeAsync(50)
    const moves = line.sent('cursor:move')
    expect(moves.map(one => one.args[0])).toEqual([{ x: 2, y: 2 }])
  })

  test('says nothing more after it was left', async () => {
    await enter()
    draw()
    session.leave()
    const { count } = line
    await vi.advanceTimersByTimeAsync(60_000)
    expect(line.count).toBe(count)
    expect(line.isConnected()).toBe(false)
  })
})
