import { expect, test } from 'vitest'
import { createInbox } from '../../../web/room/inbox.ts'

test('messages that come while a slow one is taken in are heard after it, in their order, and none is lost', async () => {
  const heard: string[] = []
  const inbox = createInbox()
  const hear = inbox.inTurn((message: string) => heard.push(message))
  hear('before')
  const slow = held()
  const done = inbox.during(slow.promise.then(() => heard.push('welcome')))
  hear('first')
  hear('second')
  expect(heard).toEqual(['before'])
  slow.resolve()
  await done
  hear('after')
  expect(heard).toEqual(['before', 'welcome', 'first', 'second', 'after'])
})

test('messages are heard also where the slow one could not be taken in', async () => {
  const heard: string[] = []
  const inbox = createInbox()
  const hear = inbox.inTurn((message: string) => heard.push(message))
  const done = inbox.during(Promise.reject(new Error('cut off')))
  hear('first')
  await expect(done).rejects.toThrow('cut off')
  expect(heard).toEqual(['first'])
})

function held(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}
