import { expect, test } from 'vitest'
import { createSerialQueue } from '../../server/serialQueue.ts'

test('work is done in the order in which it came, and what fails keeps nothing back', async () => {
  const done: string[] = []
  const failures: unknown[] = []
  const queue = createSerialQueue(cause => failures.push(cause))
  const error = new Error('no')
  queue.push(async () => {
    await new Promise(resolve => setTimeout(resolve, 5))
    done.push('slow')
  })
  queue.push(() => Promise.reject(error))
  queue.push(async () => void done.push('quick'))
  await queue.done()
  expect(done).toEqual(['slow', 'quick'])
  expect(failures).toEqual([error])
})
