import { expect, test } from 'vitest'
import { otherWordsPath } from '../../protocol/http.ts'
import { openTestEngine } from '../support/engine.ts'
import { buildServer } from '../support/server.ts'

const otherWords = { en: { house: 'cabin' }, de: { house: 'haus' }, ja: {} }

test('what other words mean to the model is told to whoever asks, and null where it has no such table', async () => {
  const told: unknown[] = []
  for (const vocabulary of [
    { words: ['house'], examples: [], otherWords },
    { words: ['house'], examples: [] },
  ]) {
    const server = await buildServer({ engine: openTestEngine({ vocabulary }) })
    const response = await fetch(`${server.url}${otherWordsPath}`)
    expect(response.status).toBe(200)
    told.push(await response.json())
    await server.close()
  }
  expect(told).toEqual([otherWords, null])
})
