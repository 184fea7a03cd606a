import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/**
 * Pages speak the language of whoever reads them, so the server sends codes and figures and never a sentence: each text
 * that it sends is a name, something that a person has written, or not for people to read. An entry that is needed no more
 * fails.
 */
const texts: Readonly<Record<string, readonly string[]>> = {
  'ids and secrets': [
    ...['id', 'key', 'job', 'room', 'person', 'client', 'clientId', 'author', 'frameId', 'picture', 'style'],
    ...['learning', 'subject', 'secret', 'accessToken', 'request'],
  ],
  'files and addresses': ['file', 'url', 'path', 'link', 'view', 'edit', 'messageUrl', 'maskImage'],
  'what Discord calls its parts': ['server', 'channel', 'group'],
  'what people have written': ['name', 'prompt', 'negativePrompt', 'caption', 'reason'],
  'words of the command line and of formats': ['flags', 'method', 'device', 'sharing'],
  'colours and moments': ['color', 'changedAt', 'reportedAt', 'stoppedAt'],
}

test('no sentence of the server goes to a page: errors go as codes, all else as figures', () => {
  const sources = ['events', 'http', 'styles', 'person'].map(name => readFileSync(`protocol/${name}.ts`, 'utf8'))
  const found = new Set(
    sources.flatMap(source => [...source.matchAll(/\b(\w+)\??: string\b(?!\[\])/g)].map(([, field = '']) => field)),
  )
  const known = Object.values(texts).flat()
  expect([...found].filter(field => !known.includes(field))).toEqual([])
  expect(known.filter(field => !found.has(field))).toEqual([])
})
