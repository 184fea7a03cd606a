/**
 * What it costs that a page comes to a server that does not have its room: from a stroke leaving one page to its arrival
 * at another, both at the server that has the room, and both passed on by another one. By turns, so that a busy machine is
 * as busy for both.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { enterRoom, type RoomClient, until } from '../../test/support/roomClient.ts'
import { add, buildStroke } from '../../test/support/scenes.ts'
import { newGuest, newRoom } from '../../test/support/server.ts'
import { round, summarize, watchLoopDelay } from '../canvas.ts'
import { type ClusterOptions, hundredths, type PartResult, type Progress } from './part.ts'
import { openServers, processorWhile } from './servers.ts'

/** Who draws, and who looks. */
type Pair = readonly [drawing: RoomClient, looking: RoomClient]

const warmUps = 20
const pauseMs = 5

export async function strokes({ strokes: count }: ClusterOptions, progress: Progress): Promise<PartResult> {
  const all = await openServers(2, progress)
  const [here, elsewhere] = all.servers
  const { edit } = await newRoom(here!.url, await newGuest(here!.url))
  // The first page makes its server the one that has the room.
  const pairs = { held: await openPair(here!.url, edit), passedOn: await openPair(elsewhere!.url, edit) }
  const ms = { held: [] as number[], passedOn: [] as number[] }
  const loopDelay = watchLoopDelay()
  const drawBoth = async (stroke: number) => {
    ms.held.push(await time(pairs.held, `h${stroke}`))
    ms.passedOn.push(await time(pairs.passedOn, `p${stroke}`))
    await sleep(pauseMs)
  }
  for (let stroke = -warmUps; stroke < 0; stroke++) await drawBoth(stroke)
  for (const times of Object.values(ms)) times.length = 0
  const took = await processorWhile(all, async () => {
    for (let stroke = 0; stroke < count; stroke++) {
      await drawBoth(stroke)
      if (stroke % 100 === 99) progress(`${stroke + 1} of ${count} strokes of each kind`)
    }
  })
  const pages = Object.values(pairs).flat()
  await until(() => pages.every(({ isSettled }) => isSettled), 10)
  for (const page of pages) page.close()
  await all.close()
  const [held, passedOn] = [summarize(ms.held), summarize(ms.passedOn)]
  const ratio = { p50: round(passedOn.p50 / held.p50), p95: hundredths(passedOn.p95 / held.p95) }
  const each = (part: 'servers' | 'postgres' | 'redis') => hundredths(took[part] / (2 * count))
  const processorMs = { servers: each('servers'), postgres: each('postgres'), redis: each('redis') }
  const { p50, p99 } = loopDelay()
  return {
    title: `${count} strokes from page to page, stored in PostgreSQL before they are shown`,
    lines: [
      `both at the server that has the room: p50 ${held.p50} ms, p95 ${held.p95} ms`,
      `both passed on by another server: p50 ${passedOn.p50} ms, p95 ${passedOn.p95} ms, × ${ratio.p95} (aim p95 ≤ × 1.5)`,
      `of the processor for each, half of them passed on: servers ${processorMs.servers} ms, PostgreSQL ` +
        `${processorMs.postgres} ms, Redis ${processorMs.redis} ms`,
      `pages: timers late by p50 ${p50} ms, p99 ${p99} ms`,
    ],
    figures: { held, passedOn, ratio, processorMs },
  }
}

async function openPair(url: string, secret: string): Promise<Pair> {
  const enter = async () => enterRoom({ url, secret, cookie: await newGuest(url) })
  return [await enter(), await enter()]
}

/** Milliseconds from one page to the other. */
async function time([drawing, looking]: Pair, id: string): Promise<number> {
  const arrived = new Promise<number>(resolve => {
    const look = ({ operations }: Parameters<Parameters<typeof looking.socket.on<'scene:operated'>>[1]>[0]) => {
      const isIt = operations.some(({ operation }) => operation.type === 'add' && operation.element.id === id)
      if (!isIt) return
      looking.socket.off('scene:operated', look)
      resolve(performance.now())
    }
    looking.socket.on('scene:operated', look)
  })
  const beganAt = performance.now()
  drawing.operate(add(buildStroke({ id })))
  return (await arrived) - beganAt
}
