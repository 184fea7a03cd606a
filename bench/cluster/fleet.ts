/** Stand-in engines as programs of their own over a Redis of their own, and the one engine that they look like from here. */
import type { ChildProcess } from 'node:child_process'
import { openRemoteEngine } from '../../cluster/index.ts'
import type { Engine, PaintRequest } from '../../engine/index.ts'
import { createLog } from '../../logging.ts'
import { startRedis } from '../../test/support/redis.ts'
import { startStandIn } from '../clusterPrograms.ts'
import { processorMs } from '../processTime.ts'
import type { StandIn } from '../standInEngine.ts'

export interface Fleet {
  readonly engine: Engine
  /** Starts those that are missing of so many; resolves when each of them has painted something. */
  grow(count: number): Promise<void>
  /** Milliseconds of the processor so far. */
  processor(): FleetProcessor
  close(): Promise<void>
}

export interface FleetProcessor {
  /** This process: studio's side, with the scheduler. */
  readonly client: number
  /** All engine processes together. */
  readonly engines: number
  readonly redis: number
}

const secret = 'a-secret-of-this-bench'
const steps = 4
/** Of many people, so that owners take turns. */
const owners = 16

export async function openFleet(standIn: StandIn): Promise<Fleet> {
  const redis = await startRedis()
  const children: ChildProcess[] = []
  const start = async () => {
    const name = `stand-in ${children.length + 1}`
    children.push(await startStandIn(redis.url, secret, { ...standIn, name }))
  }
  await start()
  const log = createLog({ level: 'error' })
  const engine = await openRemoteEngine({ redisUrl: redis.url, secret, log })

  /** Paints until so many different engines have painted. */
  async function paintWithAll(count: number): Promise<void> {
    const painters = new Set<string>()
    const atOnce = 3 * standIn.batch * count
    while (painters.size < count) {
      const results = await Promise.all(
        Array.from({ length: atOnce }, (_, number) => engine.paint(pictureRequest(standIn, number)).ended),
      )
      for (const result of results) if (result.type === 'finished') painters.add(result.output.model)
    }
  }

  return {
    engine,
    async grow(count) {
      while (children.length < count) await start()
      await paintWithAll(count)
    },
    processor() {
      const { user, system } = process.cpuUsage()
      const engines = children.reduce((sum, { pid }) => sum + processorMs(pid!), 0)
      return { client: (user + system) / 1000, engines, redis: processorMs(redis.pid()!) }
    },
    async close() {
      await engine.close()
      for (const child of children) child.kill('SIGKILL')
      await redis.stop()
    },
  }
}

/** A durable picture by default. */
export function pictureRequest({ side }: StandIn, number: number, overrides: Partial<PaintRequest> = {}): PaintRequest {
  return {
    ...{ owner: `owner ${number % owners}`, priority: 'interactive', prompt: 'a house', seed: number, guidance: 8 },
    ...{ steps, width: side, height: side, ...overrides },
  }
}

/** Pictures per second of so many engines that never wait. */
export const idealRate = ({ stepMs, batch }: StandIn, count: number): number =>
  (count * batch * 1000) / (steps * stepMs)

export function processorBetween(before: FleetProcessor, after: FleetProcessor, pictures: number): FleetProcessor {
  const each = (part: keyof FleetProcessor) => (after[part] - before[part]) / pictures
  return { client: each('client'), engines: each('engines'), redis: each('redis') }
}
