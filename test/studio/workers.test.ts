import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../../prisma/database.ts'
import { createWorkerRegistry } from '../../studio/shared/workers.ts'
import { type Postgres, postgresPrograms, startPostgres } from '../support/postgres.ts'

describe.runIf(postgresPrograms)('programs on machines whose clocks differ', () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres(postgresPrograms!)
  })
  afterEach(() => void vi.useRealTimers())
  afterAll(() => postgres?.stop())

  it.each([
    ['ahead', 30_000],
    ['behind', -30_000],
  ])('take no program for dead because their clock is %s', async (_, offMs) => {
    const url = postgres.newDatabase()
    const open = async (id: string) => {
      const { client, clock, close } = await openDatabase(url)
      return { client, clock, close, workers: createWorkerRegistry({ client, id, now: clock.now, leaseMs: 15_000 }) }
    }
    const right = await open('right')
    await right.workers.heartbeat(right.client)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + offMs })
    const wrong = await open('wrong')
    await wrong.workers.heartbeat(wrong.client)
    expect(Math.abs(wrong.clock.aheadMs() + offMs)).toBeLessThan(5_000)
    expect(await wrong.workers.findDead()).toEqual([])
    expect(await wrong.workers.findAlive()).toEqual(['wrong', 'right'])
    vi.useRealTimers()
    expect(await right.workers.findDead()).toEqual([])
    for (const { close } of [right, wrong]) await close()
  })
})
