import { expect, test } from 'vitest'
import { createTurns } from '../../server/turns.ts'

test('those who wait begin in their order, each in a turn of the event loop of its own', async () => {
  const takeTurn = createTurns()
  const happened: string[] = []
  const requests = [1, 2, 3].map(async number => {
    await takeTurn()
    happened.push(`request ${number}`)
  })
  // A timer fires between two turns, as what a socket brings is heard.
  const listen = (times: number) => {
    if (times === 0) return
    setTimeout(() => {
      happened.push('heard')
      listen(times - 1)
    })
    const until = performance.now() + 2
    while (performance.now() < until);
  }
  listen(1)
  await Promise.all(requests)
  await takeTurn()
  expect(happened.filter(one => one !== 'heard')).toEqual(['request 1', 'request 2', 'request 3'])
  expect(happened.indexOf('heard')).toBeLessThan(3)
})
