import { type ChildProcess, fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { RestartLimits } from '../../../engine/process/supervision.ts'
import { createSupervisor, type Supervisor } from '../../../engine/process/supervisor.ts'
import { collectLog, silentLog } from '../../support/log.ts'
import { patient } from '../../support/patience.ts'
import { temporaryFolder } from '../../support/studio.ts'

const limits: RestartLimits = {
  firstDelayMs: 5,
  maxDelayMs: 10,
  maxCrashes: 4,
  coolDownMs: 100,
  startSilenceMs: patient(10_000),
}
const { folder, remove } = temporaryFolder()
/** A process that says one thing, then nothing, and would go on for ever. */
const script = join(folder, 'process.cjs')
writeFileSync(script, "process.send({ type: 'trying', device: 'cpu' }); process.on('message', () => process.exit())")
const forkScript = () => fork(script, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })

describe('a process that cannot be started', { timeout: patient(30_000) }, () => {
  let supervisor: Supervisor | undefined
  afterEach(async () => {
    await supervisor?.close()
  })

  /** Supervises what the forks make, one after the other. */
  function supervise(forks: readonly (() => ChildProcess)[]) {
    const crashes: string[] = []
    const { log, lines } = collectLog()
    let attempts = 0
    return new Promise<{ crashes: readonly string[]; lines: readonly string[] }>(resolve => {
      supervisor = createSupervisor({
        limits,
        log,
        fork: () => (forks[attempts++] ?? forks.at(-1)!)(),
        onStarted: () => undefined,
        onMessage: () => resolve({ crashes, lines }),
        onCrashed: how => crashes.push(how),
        onGaveUp: () => resolve({ crashes, lines }),
      })
    })
  }

  it('because fork throws, is tried again', async () => {
    const { crashes, lines } = await supervise([
      () => {
        throw Object.assign(new Error('spawn EMFILE'), { code: 'EMFILE' })
      },
      forkScript,
    ])
    expect(crashes).toEqual(['an error at its start: spawn EMFILE'])
    expect(lines.join()).toContain('ended with an error at its start: spawn EMFILE')
    expect(supervisor!.state).toMatchObject({ restarts: 1, process: { type: 'running' } })
  })

  it('because the system says so afterwards, is tried again', async () => {
    const nowhere = () => fork(script, [], { execPath: '/does/not/exist', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    const { crashes } = await supervise([nowhere, nowhere, forkScript])
    expect(crashes).toEqual([1, 2].map(() => 'an error at its start: spawn /does/not/exist ENOENT'))
    expect(supervisor!.state).toMatchObject({ restarts: 2, process: { type: 'running' } })
  })

  it('however often, is given up in the end, and tried again after a rest though nobody asks', async () => {
    const failing = () => {
      throw new Error('spawn EAGAIN')
    }
    const { crashes } = await supervise([failing, failing, failing, failing, forkScript])
    expect(crashes).toHaveLength(4)
    expect(supervisor!.state.process.type).toBe('resting')
    await expect.poll(() => supervisor!.state.process.type).toBe('running')
  })

  it('says in the log what it died of, once', async () => {
    const dying = join(folder, 'dying.cjs')
    writeFileSync(dying, "console.error('out of magic'); process.exit(7)")
    const { crashes, lines } = await supervise([
      () => fork(dying, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'pipe', 'ipc'] }),
    ])
    expect(crashes).toEqual(Array(4).fill('code 7'))
    expect(lines.filter(line => line.includes('out of magic'))).toHaveLength(1)
    expect(lines.filter(line => line.includes('ended with code 7'))).toHaveLength(4)
  })

  it('keeps nobody from closing', async () => {
    supervisor = undefined
    const never = createSupervisor({
      ...{ limits, log: silentLog, onStarted: () => undefined, onMessage: () => undefined },
      fork: () => fork(script, [], { execPath: '/does/not/exist' }),
      ...{ onCrashed: () => undefined, onGaveUp: () => undefined },
    })
    await new Promise(resolve => setTimeout(resolve, 1))
    await never.close()
    remove()
  })
})
