import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isHere } from '../../support/need.ts'

export const hasProc = isHere(
  existsSync('/proc/self/stat'),
  'tests that kill the engine process find it in /proc, as Linux has it.',
)

/** Engine processes that this test started, or another program. */
export function runningProcesses(program = process.pid, script = '/process.ts'): number[] {
  const isOurs = (pid: string) => {
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]
      return parent === String(program) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(script)
    } catch {
      return false // it ended while we looked
    }
  }
  return readdirSync('/proc').filter(isOurs).map(Number)
}

export function killProcess(signal: NodeJS.Signals = 'SIGKILL', script?: string): void {
  for (const pid of runningProcesses(process.pid, script)) process.kill(pid, signal)
}
