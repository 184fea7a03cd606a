import sharp from 'sharp'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createEditThrottle, defaultThrottle } from '../../bot/delivery/editThrottle.ts'
import { type Delivery, deliver, type EditResult } from '../../bot/delivery/messageTarget.ts'
import { withinBytes } from '../../bot/messages/grid.ts'
import { createMessage, type Message } from '../../bot/messages/message.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const say = (content: string): Message => createMessage(content)
const landed: EditResult = { type: 'edited', remaining: 4, resetMs: 5_000 }

/** A door that notes what comes and how long after the first, and answers with what was prepared, then with `landed`. */
function openDoor(answers: EditResult[] = [], takesMs = 100) {
  const writes: { at: number; content: string }[] = []
  let startedAt: number | undefined
  const door = async ({ content }: Message): Promise<EditResult> => {
    startedAt ??= Date.now()
    writes.push({ at: Date.now() - startedAt, content })
    await new Promise(resolve => setTimeout(resolve, takesMs))
    return answers.shift() ?? landed
  }
  return { door, writes }
}
const bug = (error: unknown) => {
  throw error
}
const offers = (pacer: ReturnType<typeof createEditThrottle>, everyMs: number, count: number) => {
  for (let index = 0; index < count; index++) {
    setTimeout(() => pacer.offer(async () => say(String(index))), index * everyMs)
  }
}

test('sends a first one soon and then the newest, 1.1 s after the last has landed', async () => {
  const { door, writes } = openDoor()
  offers(createEditThrottle(door, bug, { ...defaultThrottle, firstMs: 250 }), 100, 50)
  await vi.advanceTimersByTimeAsync(4_900)
  expect(writes.map(({ at }) => at)).toEqual([0, 1_200, 2_400, 3_600])
  expect(writes.map(({ content }) => Number(content))).toEqual([2, 14, 26, 38])
})

test('makes only what it sends', async () => {
  const { door } = openDoor()
  const pacer = createEditThrottle(door, bug)
  const make = vi.fn(async () => say('x'))
  for (let index = 0; index < 20; index++) pacer.offer(make)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(make).toHaveBeenCalledTimes(1)
})

test('keeps the last slot that Discord allows for the final', async () => {
  const { door, writes } = openDoor([{ type: 'edited', remaining: 1, resetMs: 8_000 }])
  const pacer = createEditThrottle(door, bug)
  offers(pacer, 100, 70)
  await vi.advanceTimersByTimeAsync(7_000)
  expect(writes).toHaveLength(1)
  expect((await pacer.stop()).freeAt).toBe(0)
})

test('waits as long as a refusal says, and tells the final so', async () => {
  const { door, writes } = openDoor([{ type: 'rateLimited', retryMs: 30_000 }])
  const pacer = createEditThrottle(door, bug)
  offers(pacer, 1_000, 20)
  await vi.advanceTimersByTimeAsync(20_000)
  expect(writes).toHaveLength(1)
  expect((await pacer.stop()).freeAt - Date.now()).toBeGreaterThan(10_000)
})

test('does not say the same words twice', async () => {
  const { door, writes } = openDoor()
  const pacer = createEditThrottle(door, bug)
  for (let at = 0; at < 9_000; at += 100) setTimeout(() => pacer.offer(async () => say('waiting')), at)
  await vi.advanceTimersByTimeAsync(9_000)
  expect(writes).toHaveLength(1)
})

test('a picture that is done at once has no preview before it', async () => {
  const { door, writes } = openDoor()
  const pacer = createEditThrottle(door, bug)
  offers(pacer, 20, 5)
  await vi.advanceTimersByTimeAsync(150)
  await pacer.stop()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(writes).toEqual([])
})

test.each(['deleted', 'closed'] as const)('stops at a message that is %s', async type => {
  const { door, writes } = openDoor([type === 'deleted' ? { type } : { type, reason: 'no' }])
  const pacer = createEditThrottle(door, bug)
  offers(pacer, 1_000, 9)
  await vi.advanceTimersByTimeAsync(9_000)
  expect(writes).toHaveLength(1)
  expect((await pacer.stop()).last!.type).toBe(type)
})

test('stopping waits for the one in flight and sends no other', async () => {
  const { door, writes } = openDoor([], 700)
  const pacer = createEditThrottle(door, bug)
  offers(pacer, 100, 5)
  await vi.advanceTimersByTimeAsync(700)
  const stopped = pacer.stop()
  await vi.advanceTimersByTimeAsync(5_000)
  expect((await stopped).last).toEqual(landed)
  expect(writes).toHaveLength(1)
})

const delivery = (overrides: Partial<Delivery>): Delivery => ({
  webhook: openDoor().door,
  channel: async () => ({ type: 'closed', reason: 'not a member' }),
  createdAt: Date.now(),
  freeAt: 0,
  smaller: async () => say('smaller'),
  signal: new AbortController().signal,
  ...overrides,
})

test('a message that is too large is made smaller, once', async () => {
  const { door, writes } = openDoor([{ type: 'tooLarge' }])
  const end = deliver(say('large'), delivery({ webhook: door }))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(await end).toBe('edited')
  expect(writes.map(({ content }) => content)).toEqual(['large', 'smaller'])
})

test('a limit longer than the token lives ends at the channel', async () => {
  const { door, writes } = openDoor()
  const channel = openDoor([{ type: 'rateLimited', retryMs: 1_000 }])
  const end = deliver(say('x'), delivery({ webhook: door, channel: channel.door, freeAt: Date.now() + 3_600_000 }))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(await end).toBe('edited')
  expect([writes.length, channel.writes.length]).toEqual([0, 2])
})

test('without any door it says why', async () => {
  const end = deliver(say('x'), delivery({ freeAt: Date.now() + 3_600_000 }))
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(await end).toEqual({ closed: 'the token has run out; not a member' })
})

test('a picture over the limit becomes a JPEG within it', async () => {
  vi.useRealTimers()
  const noise = {
    create: {
      width: 600,
      height: 600,
      channels: 3 as const,
      background: 'black',
      noise: { type: 'gaussian' as const, mean: 128, sigma: 60 },
    },
  }
  const bytes = await sharp(noise).png().toBuffer()
  const file = { name: 'a.png', bytes, contentType: 'image/png', description: 'noise' }
  const smaller = await withinBytes(file, 300_000)
  expect(smaller).toMatchObject({ name: 'a.jpg', contentType: 'image/jpeg' })
  expect(smaller.bytes.length).toBeLessThanOrEqual(300_000)
})
