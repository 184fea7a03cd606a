/** Processes that die for want of memory: what they died of is not tried again, and people are told. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openEngine } from '../../engine/index.ts'
import { type EngineProcess, forkEngine } from '../../engine/process/supervisor.ts'
import { describeLoading } from '../../engine/types/loading.ts'
import { fixtures } from '../onnx/files.ts'
import { collectLog } from '../support/log.ts'
import { patient } from '../support/patience.ts'

const model = { modelFolder: join(fixtures, 'pipelines', 'today'), device: 'cpu', threads: 1, batches: [1] } as const
const restart = { firstDelayMs: 1, coolDownMs: 20 }

/** A process that asks in vain for memory, as the runtime's library does. */
const dying = (): EngineProcess =>
  spawn(process.execPath, ['-e', 'console.error("terminate called after \'std::bad_alloc\'"); process.exit(134)'], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })

it(
  'loading that kills twice is not tried a third time at once, is said, and goes on when there is memory again',
  async () => {
    let forks = 0
    const said: string[] = []
    const { log, lines } = collectLog()
    const engine = await openEngine({
      ...{ ...model, restart, log, waitsForMemory: true },
      forkEngine: port => (++forks <= 2 ? dying() : forkEngine(port)),
      onLoading: progress => said.push(describeLoading(progress)),
    })
    expect(forks).toBe(3)
    expect(said[0]).toMatch(
      /^resting: The engine ran out of memory each time that it loaded the model: give this machine/,
    )
    expect(engine.load()).toMatchObject({ state: 'ready', restReason: null })
    expect(lines.join('')).toContain('std::bad_alloc')
    await engine.close()
  },
  patient(60_000),
)

it('a program that does one thing ends with the same words', async () => {
  let forks = 0
  const fork = () => {
    forks++
    return dying()
  }
  const { log } = collectLog()
  await expect(openEngine({ ...model, restart, log, forkEngine: fork })).rejects.toThrow('ran out of memory each time')
  expect(forks).toBe(2)
})

it(
  'a picture that killed the process is refused, with all that is as large; smaller ones are painted',
  async () => {
    const { log } = collectLog()
    const children: EngineProcess[] = []
    const engine = await openEngine({
      ...{ ...model, restart, log },
      forkEngine(port) {
        const child = forkEngine(port)
        children.push(child)
        return child
      },
    })
    const { width, height } = engine.info.model.sizes.default
    const request = { owner: 'ada', priority: 'interactive', prompt: 'a cat', seed: 1, steps: 50, guidance: 2 } as const
    const painting = engine.paint({ ...request, width, height }, ({ type }) => {
      if (type !== 'started') return
      // As the runtime's library ends its process.
      const child = children.at(-1)!
      child.stderr!.emit('data', Buffer.from("terminate called after throwing an instance of 'std::bad_alloc'"))
      child.kill('SIGABRT')
    })
    expect(await painting.ended).toMatchObject({ type: 'failed', code: 'request/memory' })
    expect(() => engine.paint({ ...request, width, height })).toThrow('ran out of memory while it painted this picture')
    const { min } = engine.info.model.sizes
    expect(min).toBeLessThan(width)
    const smaller = engine.paint({ ...request, steps: 1, width: min, height: min })
    expect(await smaller.ended).toMatchObject({ type: 'finished' })
    expect(children).toHaveLength(2)
    await engine.close()
  },
  patient(60_000),
)
