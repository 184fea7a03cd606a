import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openDatabase } from '../prisma/database.ts'
import { postgresPrograms, startPostgres } from '../test/support/postgres.ts'
import { startRedis } from '../test/support/redis.ts'
import { enterRoom, type RoomClient, until } from '../test/support/roomClient.ts'
import { add, buildStroke } from '../test/support/scenes.ts'
import { newGuest, newRoom } from '../test/support/server.ts'
import { report, round, summarize, watchLoopDelay } from './canvas.ts'
import { startServerProgram, startStandIn } from './clusterPrograms.ts'

/**
 * What it costs that a page comes to a server that does not have its room: from a stroke leaving one page to its arrival
 * at another, both at the server that has the room, and both passed on by another one. By turns, so that a busy machine is
 * as busy for both.
 */
const { values } = parseArgs({ options: { strokes: { type: 'string', default: '400' } } })
const secret = 'a-secret-of-this-bench'
const folder = mkdtempSync(join(tmpdir(), 'fourstroke-strokes-'))
if (!postgresPrograms) throw new Error('PostgreSQL is not installed: apt-get install postgresql')
const [redis, postgres] = [await startRedis(), await startPostgres(postgresPrograms)]
const databaseUrl = postgres.newDatabase()
await (await openDatabase(databaseUrl)).close()
const engine = await startStandIn(redis.url, secret, { stepMs: 25, batch: 8, side: 64 })
const startServer = (name: string) =>
  startServerProgram({ redisUrl: redis.url, databaseUrl, folder: join(folder, name), secret })
const [here, elsewhere] = [await startServer('here'), await startServer('elsewhere')]

const cookie = await newGuest(here.url)
const { edit } = await newRoom(here.url, cookie)
/** Who draws, and who looks. */
async function openPair(url: string): Promise<readonly [RoomClient, RoomClient]> {
  const enter = async () => enterRoom({ url, secret: edit, cookie: await newGuest(url) })
  return [await enter(), await enter()]
}
// The first page makes its server the one that has the room.
const pairs = { held: await openPair(here.url), passedOn: await openPair(elsewhere.url) }

/** Milliseconds from one page to the other. */
async function time([drawing, looking]: readonly [RoomClient, RoomClient], id: string): Promise<number> {
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

const ms = { held: [] as number[], passedOn: [] as number[] }
for (let warmUp = 0; warmUp < 20; warmUp++)
  for (const pair of Object.values(pairs)) await time(pair, `w${warmUp}${pair[0].client}`)
const loopDelay = watchLoopDelay()
for (let stroke = 0; stroke < Number(values.strokes); stroke++) {
  ms.held.push(await time(pairs.held, `h${stroke}`))
  ms.passedOn.push(await time(pairs.passedOn, `p${stroke}`))
  await sleep(5)
}
const all = Object.values(pairs).flat()
await until(() => all.every(({ isSettled }) => isSettled), 10)
const [held, passedOn] = [summarize(ms.held), summarize(ms.passedOn)]
const ratio = { p50: round(passedOn.p50 / held.p50), p95: Math.round((passedOn.p95 / held.p95) * 100) / 100 }
const { p50, p99 } = loopDelay()
report(
  `${values.strokes} strokes from page to page, stored in PostgreSQL before they are shown`,
  [
    `both at the server that has the room: p50 ${held.p50} ms, p95 ${held.p95} ms`,
    `both passed on by another server: p50 ${passedOn.p50} ms, p95 ${passedOn.p95} ms, × ${ratio.p95} (aim p95 ≤ × 1.5)`,
    `pages: timers late by p50 ${p50} ms, p99 ${p99} ms`,
  ],
  { bench: 'clusterStrokes', held, passedOn, ratio },
)
for (const client of all) client.close()
for (const { child } of [here, elsewhere]) child.kill('SIGKILL')
engine.kill('SIGKILL')
await redis.stop()
postgres.stop()
rmSync(folder, { recursive: true, force: true })
