import { spawn } from 'node:child_process'
import { afterAll, describe, expect, it, test } from 'vitest'
import { cpuTimeOf, heldAgainst } from '../../../engine/process/cpuTime.ts'
import { patient } from '../../support/patience.ts'

const children: { kill(signal: 'SIGKILL'): boolean }[] = []
afterAll(() => void children.map(child => child.kill('SIGKILL')))

describe('silence', () => {
  it('of a process that computes all the time counts whole', () => expect(heldAgainst(500, 1000, 1980)).toBe(500))
  it('of one that waits for its turn counts as much as it computed', () =>
    expect(heldAgainst(500, 1000, 1120)).toBe(120))
  it('of one that computes next to nothing counts a tenth', () => expect(heldAgainst(500, 1000, 1010)).toBe(50))
  it('of one that is stopped counts whole', () => expect(heldAgainst(500, 1000, 1000)).toBe(500))
  it('counts whole where nobody knows, and of a new process', () => {
    expect(heldAgainst(500, undefined, undefined)).toBe(500)
    expect(heldAgainst(500, undefined, 20)).toBe(500)
    expect(heldAgainst(500, 9000, 20)).toBe(500)
  })
})

test.runIf(process.platform === 'linux')('a stopped process uses no more time, whatever it is called', async () => {
  const child = spawn(process.execPath, ['-e', "process.title = 'a) R 1 (b'; for (;;);"])
  children.push(child)
  await expect.poll(() => cpuTimeOf(child.pid) ?? 0, { timeout: patient(10_000) }).toBeGreaterThan(100)
  child.kill('SIGSTOP')
  await new Promise(resolve => setTimeout(resolve, 100))
  const stopped = cpuTimeOf(child.pid)
  await new Promise(resolve => setTimeout(resolve, 200))
  expect(cpuTimeOf(child.pid)).toBe(stopped)
  expect(cpuTimeOf(undefined)).toBeUndefined()
})
