import { expect, test, vi } from 'vitest'
import { watchUntil } from '../../bot/delivery/watchUntil.ts'

/** Something to watch: tells what is already true at once, and later what is sent. */
function openSource(already: number[] = []) {
  const stop = vi.fn()
  let listener: (event: number) => void = () => undefined
  const watch = (given: (event: number) => void) => {
    listener = given
    for (const event of already) given(event)
    return stop
  }
  return { watch, stop, send: (event: number) => listener(event) }
}
const signal = new AbortController().signal
const untilThree = (event: number, end: () => void) => {
  if (event === 3) end()
  if (event === 13) throw new Error('unlucky')
}

test('ends when told to, and stops watching', async () => {
  const source = openSource()
  const watching = watchUntil(source.watch, untilThree, signal)
  source.send(1)
  source.send(3)
  await watching
  await expect.poll(() => source.stop.mock.calls.length).toBe(1)
})

test('ends at what was true before watching had begun', async () => {
  const source = openSource([3])
  await watchUntil(source.watch, untilThree, signal)
  await expect.poll(() => source.stop.mock.calls.length).toBe(1)
})

test('rejects with what the listener throws, and the source hears nothing of it', async () => {
  const source = openSource()
  const watching = watchUntil(source.watch, untilThree, signal)
  source.send(13)
  await expect(watching).rejects.toThrow('unlucky')
})

test('rejects when it is aborted, before or meanwhile', async () => {
  const closing = new AbortController()
  const source = openSource()
  const watching = watchUntil(source.watch, untilThree, closing.signal)
  closing.abort(new Error('closing'))
  await expect(watching).rejects.toThrow('closing')
  await expect(watchUntil(source.watch, untilThree, closing.signal)).rejects.toThrow('closing')
})
