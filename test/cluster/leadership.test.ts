import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Leadership, openLeadership } from '../../cluster/index.ts'
import { collectLog } from '../support/log.ts'
import { patient } from '../support/patience.ts'
import { hasRedis, type RedisServer, startRedis } from '../support/redis.ts'

describe.runIf(hasRedis)('a leadership', () => {
  const { log } = collectLog()
  let redis: RedisServer
  let programs: Leadership[] = []
  let names = 0
  let name = ''
  /** As long as tests can wait for, and longer than a busy machine stands still. */
  const leaseMs = Math.ceil(patient(1_500))

  function open(): Leadership {
    const program = openLeadership({ redisUrl: redis.url, name, id: `program${++names}`, log, leaseMs })
    programs.push(program)
    return program
  }
  beforeAll(async () => {
    redis = await startRedis()
  })
  beforeEach(() => {
    name = `led${++names}`
  })
  afterEach(async () => {
    for (const program of programs) await program.close()
    programs = []
  })
  afterAll(() => redis?.stop())

  it('has one leader, and another when that one has ended', async () => {
    const [one, other] = [open(), open()]
    const term = (await one.lead())!
    let waits = 0
    let next: string | null = null
    const waiting = other.lead(() => waits++).then(led => (next = led === null ? 'closed' : 'leads'))
    await expect.poll(() => waits).toBeGreaterThan(1)
    expect(next).toBeNull()
    expect(term.signal.aborted).toBe(false)
    await term.end()
    await waiting
    expect(next).toBe('leads')
  })

  it('passes on from a leader that says nothing any more', async () => {
    const [one, other] = [open(), open()]
    const term = (await one.lead())!
    // As after a kill: it renews nothing, and ends nothing.
    await one.close()
    expect(await other.lead()).not.toBeNull()
    // The first one has stopped before.
    await expect.poll(() => term.signal.aborted).toBe(true)
  })

  it('stops where Redis does not answer, and begins again when it does', async () => {
    const one = open()
    const term = (await one.lead())!
    await redis.halt()
    await expect.poll(() => term.signal.aborted).toBe(true)
    await term.end()
    let waits = 0
    const again = one.lead(() => waits++)
    await expect.poll(() => waits).toBeGreaterThan(0)
    await redis.goOn()
    expect(await again).not.toBeNull()
  })

  it('ends its waiting when it is closed', async () => {
    const [one, other] = [open(), open()]
    await one.lead()
    const waiting = other.lead()
    await other.close()
    expect(await waiting).toBeNull()
  })
})
