import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { StandIn } from './standInEngine.ts'

/** A stand-in engine as a program of its own, which ends with this one; resolves when it is announced. */
export async function startStandIn(
  redisUrl: string,
  secret: string,
  { stepMs, batch, side }: StandIn,
): Promise<ChildProcess> {
  const file = join(import.meta.dirname, 'clusterEngine.ts')
  const args = [redisUrl, secret, ...[stepMs, batch, side].map(String)]
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  await once(child.stdout!, 'data')
  return child
}
