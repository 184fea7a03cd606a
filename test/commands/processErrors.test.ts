import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { watchProcessErrors } from '../../commands/processErrors.ts'
import { collectLog } from '../support/log.ts'

function watch() {
  const process = new EventEmitter()
  const { log, bugs: logged } = collectLog()
  let ends = 0
  const counts = watchProcessErrors({
    process,
    log,
    end: () => ends++,
  })
  return { process, logged, counts, ends: () => ends }
}

test('a rejected promise that nobody looked at is logged and counted, and the program goes on', () => {
  const { process, logged, counts, ends } = watch()
  const error = new TypeError('event.slice is not a function')
  process.emit('unhandledRejection', error)
  expect(counts).toEqual({ unhandledRejection: 1, uncaughtException: 0 })
  expect(logged).toMatchObject([{ type: 'TypeError', message: error.message }])
  expect(ends()).toBe(0)
})

test('an exception that nobody caught is logged and counted, and ends the program once', () => {
  const { process, logged, counts, ends } = watch()
  process.emit('uncaughtException', new Error('half done'))
  process.emit('uncaughtException', undefined)
  expect(counts.uncaughtException).toBe(2)
  expect(logged).toHaveLength(2)
  expect(ends()).toBe(1)
})

test('a connection that broke ends nothing', () => {
  const { process, counts, ends } = watch()
  process.emit('uncaughtException', Object.assign(new Error('read'), { code: 'ECONNRESET', syscall: 'read' }))
  expect(counts.uncaughtException).toBe(1)
  expect(ends()).toBe(0)
  // The same word from somewhere else is not the system's.
  process.emit('uncaughtException', Object.assign(new Error('read'), { code: 'ECONNRESET' }))
  expect(ends()).toBe(1)
})
