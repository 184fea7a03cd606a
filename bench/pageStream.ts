import type { Browser } from 'playwright-core'
import { type RoomClient, until } from '../test/support/roomClient.ts'
import { add, buildFrame } from '../test/support/scenes.ts'
import { round } from './canvas.ts'

/** What a page that shows one frame alone holds after so many pictures: such pages stay open for days. */
export async function measureStream(browser: Browser, url: string, { painter, pictures }: StreamOptions) {
  painter.operate(add(buildFrame({ id: 'streamed', width: 512, height: 512, prompt: 'red' })))
  await until(() => painter.shown.length > 0)
  const link = await painter.ask<string>(reply => painter.socket.emit('frame:link', { frameId: 'streamed' }, reply))
  if (!link.ok) throw new Error(`Expected a link to the frame, got ${link.error.code}.`)
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } })
  await page.goto(`${url}${link.value}?background=transparent`)
  await page.locator('canvas[data-shown]').waitFor()
  const devices = await page.context().newCDPSession(page)
  await devices.send('Performance.enable')
  /** Bytes of JavaScript's heap after a collection, and nodes of the document. */
  async function held(): Promise<{ readonly heapMb: number; readonly nodes: number }> {
    await devices.send('HeapProfiler.collectGarbage')
    const { metrics } = await devices.send('Performance.getMetrics')
    const of = (name: string) => metrics.find(one => one.name === name)!.value
    return { heapMb: round(of('JSHeapUsedSize') / 1e6), nodes: of('Nodes') }
  }
  const atFirst = await held()
  for (let number = 1; number <= pictures; number++) {
    const before = painter.shown.length
    painter.operate({ type: 'change', id: 'streamed', change: { prompt: `red ${number}` } })
    await until(() => painter.shown.length > before && painter.states.get('streamed')?.state === 'fresh')
  }
  const atLast = await held()
  await page.close()
  return { pictures, atFirst, atLast }
}

interface StreamOptions {
  /** Somebody in a room. */
  readonly painter: RoomClient
  readonly pictures: number
}
