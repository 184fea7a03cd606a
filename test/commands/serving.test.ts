/** Programs that serve: two on one data folder, and one that is ended while everything hangs. */
import { once } from 'node:events'
import { symlinkSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { OneConnectionLibSql } from '../../prisma/sqlite.ts'
import { hasProc, runningProcesses } from '../engine/support/engineProcess.ts'
import { openCommandLine } from '../support/commandLine.ts'
import { patient } from '../support/patience.ts'

const { folder, run, serve, remove } = openCommandLine()
afterAll(remove)

describe('two programs on one data folder', { timeout: patient(90_000) }, () => {
  it('are one too many, until the first has ended, however it did', async () => {
    const first = await serve()
    const second = await run(['start'])
    expect(second.code).toBe(1)
    expect(second.err.trim()).toMatch(/^Another Fourstroke serves from .*: stop it/i)
    expect(second.err.trim().split('\n')).toHaveLength(1)
    // What does one thing goes on beside it.
    expect(await run(['style', 'list'])).toMatchObject({ code: 0 })
    expect(await run(['doctor'])).toMatchObject({ code: 0 })

    first.child.kill('SIGKILL')
    expect(await first.ended).toBe('SIGKILL')
    const third = await serve()
    third.child.kill('SIGTERM')
    expect(await third.ended).toBe(0)
  })

  it('are one too many as well where only the database is the same', async () => {
    const database = `file:${join(folder, 'elsewhere.db')}`
    const first = await serve({ DATABASE_URL: database })
    const second = await run(['start'], { env: { DATABASE_URL: database, FOURSTROKE_DATA: join(folder, 'other') } })
    expect(second).toMatchObject({ code: 1, err: expect.stringContaining('Another Fourstroke') })
    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)
  })

  it('are one too many where the second comes to the first one’s own database by another way', async () => {
    const first = await serve()
    const link = join(folder, 'link.db')
    symlinkSync(join(folder, 'data', 'fourstroke.db'), link)
    for (const database of [join(folder, 'data', 'fourstroke.db'), link]) {
      const env = { DATABASE_URL: `file:${database}`, FOURSTROKE_DATA: join(folder, 'third') }
      expect(await run(['start'], { env })).toMatchObject({
        code: 1,
        err: expect.stringContaining('Another Fourstroke'),
      })
    }
    first.child.kill('SIGTERM')
    expect(await first.ended).toBe(0)
  })
})

describe('SIGTERM', { timeout: patient(90_000) }, () => {
  it.runIf(hasProc)('ends everything within 10 s, whatever hangs', async () => {
    const { url, child, ended } = await serve()
    const { port } = new URL(url)
    // A database that another program holds, a socket that stays open in the middle of a request, a stopped engine.
    const address = { url: `file:${join(folder, 'data', 'fourstroke.db')}` }
    const other = new OneConnectionLibSql(address).createClient(address)
    await other.execute('BEGIN IMMEDIATE')
    const socket = connect(Number(port), '127.0.0.1')
    await once(socket, 'connect')
    socket.on('error', () => undefined)
    socket.write('POST /api/rooms HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{')
    const engines = runningProcesses(child.pid)
    expect(engines).toHaveLength(1)
    process.kill(engines[0]!, 'SIGSTOP')

    const beganAt = performance.now()
    child.kill('SIGTERM')
    expect(await ended).toBe(1)
    expect(performance.now() - beganAt).toBeLessThan(patient(10_000))
    expect(() => process.kill(engines[0]!, 0)).toThrow('ESRCH')
    await other.execute('ROLLBACK')
    other.close()
    socket.destroy()
  })
})
