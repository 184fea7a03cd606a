import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openRemoteEngine } from '../cluster/index.ts'
import { createLog } from '../logging.ts'
import { openStudio } from '../studio/index.ts'
import type { PictureId } from '../studio/studio.ts'
import { startRedis } from '../test/support/redis.ts'
import { report, round, summarize } from './canvas.ts'
import { startStandIn } from './clusterPrograms.ts'

/**
 * kill -9 of engines while people request pictures of a studio that paints with several of them; each is started again.
 * Ends with an error if a picture is lost, ends twice, repeats a step, or fails.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    engines: { type: 'string', default: '3' },
    /** A kill comes at most so many milliseconds after the one before. */
    within: { type: 'string', default: '2000' },
    people: { type: 'string', default: '12' },
  },
})
const secret = 'a-secret-of-this-bench'
const standIn = { stepMs: 25, batch: 8, side: 64 }
const dataFolder = mkdtempSync(join(tmpdir(), 'fourstroke-cluster-'))
const log = createLog({ level: 'fatal' })
const redis = await startRedis()
const engines = await Promise.all(
  Array.from({ length: Number(values.engines) }, () => startStandIn(redis.url, secret, standIn)),
)
const engine = await openRemoteEngine({ redisUrl: redis.url, secret, log })
const studio = await openStudio({
  ...{ engine, dataFolder, databaseUrl: `file:${join(dataFolder, 'fourstroke.db')}`, resume: 'all', log },
})

const figures = { requested: 0, finished: 0, failed: 0, doubled: 0, repeated: 0 }
const tookMs: number[] = []
let isOver = false

/** What was reported of one picture. */
interface PictureProgress {
  ends: number
  step: number
}

async function request(discordId: string): Promise<void> {
  const { id: by } = await studio.people.fromDiscord({ discordId, name: `Person ${discordId}` })
  while (!isOver) {
    const count = 1 + Math.floor(Math.random() * 4)
    const wanted = { prompt: 'a red house', width: standIn.side, height: standIn.side, count }
    const began = performance.now()
    const requested = await studio.pictures.request(by, 'chat', wanted)
    figures.requested += count
    const progress = new Map<PictureId, PictureProgress>()
    await new Promise<void>(resolve => {
      studio.pictures.watch(requested.job, fact => {
        const id = fact.type === 'ended' ? fact.picture.id : fact.picture
        const known = progress.get(id) ?? { ends: 0, step: 0 }
        progress.set(id, known)
        if (fact.type === 'stepped' && fact.step <= known.step) figures.repeated++
        if (fact.type === 'stepped') known.step = fact.step
        if (fact.type !== 'ended') return
        known.ends++
        if (known.ends > 1) figures.doubled++
        else if (fact.picture.state === 'finished') figures.finished++
        else figures.failed++
        if ([...progress.values()].filter(({ ends }) => ends > 0).length === count) resolve()
      })
    })
    tookMs.push(performance.now() - began)
  }
}

const startedAt = performance.now()
const people = Array.from({ length: Number(values.people) }, (_, i) => request(`${i}`))
for (let kill = 0; kill < Number(values.kills); kill++) {
  await sleep(Math.random() * Number(values.within))
  const index = Math.floor(Math.random() * engines.length)
  engines[index]!.kill('SIGKILL')
  engines[index] = await startStandIn(redis.url, secret, standIn)
}
isOver = true
await Promise.all(people)
const { pictures } = await studio.statistics()
const seconds = round((performance.now() - startedAt) / 1000)
await studio.close()
await engine.close()
for (const child of engines) child.kill('SIGKILL')
await redis.stop()
rmSync(dataFolder, { recursive: true, force: true })

const lost = pictures.queued + pictures.running + figures.requested - figures.finished - figures.failed
const times = summarize(tookMs)
report(
  `${values.kills} kills of one of ${values.engines} engines in ${seconds} s`,
  [
    `${figures.requested} pictures requested: ${figures.finished} finished, ${figures.failed} failed, ${lost} lost`,
    `${figures.doubled} ended twice, ${figures.repeated} steps reported twice; ${pictures.finished} in the database`,
    `one to four pictures took p50 ${times.p50} ms, p95 ${times.p95} ms, at most ${times.max} ms`,
  ],
  { ...figures, lost, times, seconds },
)
const isWhole = lost === 0 && pictures.finished === figures.finished
if (!isWhole || figures.doubled + figures.repeated + figures.failed > 0) process.exitCode = 1
