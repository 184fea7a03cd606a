import { hostname, networkInterfaces } from 'node:os'
import { describe, expect, test } from 'vitest'
import { isOwnHost } from '../../server/hosts.ts'
import { isOwnOrigin } from '../../server/origin.ts'

const publicUrl = 'https://paint.example.org'
const mine = Object.values(networkInterfaces()).flatMap(places => places ?? [])[0]?.address ?? '127.0.0.1'

describe('the name that a request came to', () => {
  test.each(['localhost:3000', '127.0.0.1:3000', '[::1]:3000', '192.168.1.7', '[fe80::1]:3000', 'laptop:3000'])(
    '%s is a local one',
    host => expect(isOwnHost(host, null)).toBe(true),
  )
  test.each(['laptop.local', 'laptop.lan:3000', 'laptop.home.arpa', `${hostname()}:3000`])('%s is one as well', host =>
    expect(isOwnHost(host, null)).toBe(true),
  )
  test.each([
    ...['evil.example', 'evil.example:3000', '127.0.0.1.evil.example', 'localhost.evil.example', 'paint.example.org'],
    ...['', ' ', 'a b', 'user@localhost', 'localhost/evil', '192.168.1.7.nip.io', undefined],
  ])('%s is none, where no public address is set', host => expect(isOwnHost(host, null)).toBe(false))

  test('is the public one, or this machine’s own, where a public address is set', () => {
    for (const host of ['paint.example.org', 'localhost:3000', '127.0.0.1', mine.includes(':') ? `[${mine}]` : mine]) {
      expect(isOwnHost(host, publicUrl)).toBe(true)
    }
    for (const host of ['evil.example', 'laptop.local', 'laptop', '203.0.113.7', 'paint.example.org:8443']) {
      expect(isOwnHost(host, publicUrl)).toBe(false)
    }
  })
})

describe('the page that a request came from', () => {
  const at = (origin: string | undefined, host: string, options: Partial<Parameters<typeof isOwnOrigin>[1]> = {}) =>
    isOwnOrigin({ host, ...(origin !== undefined && { origin }) }, { publicUrl: null, protocol: 'http', ...options })

  test('is ours by scheme, host and port', () => {
    expect(at('http://localhost:3000', 'localhost:3000')).toBe(true)
    expect(at('https://localhost:3000', 'localhost:3000')).toBe(false)
    expect(at('http://localhost:3001', 'localhost:3000')).toBe(false)
    expect(at('http://localhost', 'localhost:3000')).toBe(false)
    expect(at('http://127.0.0.1:3000', 'localhost:3000')).toBe(false)
    expect(at('null', 'localhost:3000')).toBe(false)
    expect(at(undefined, 'localhost:3000')).toBe(true)
  })
  test('is the public one alone under the public name', () => {
    expect(at('https://paint.example.org', 'paint.example.org', { publicUrl })).toBe(true)
    expect(at('http://paint.example.org', 'paint.example.org', { publicUrl })).toBe(false)
    expect(at('https://paint.example.org:8443', 'paint.example.org', { publicUrl })).toBe(false)
    expect(at('https://paint.example.org', 'localhost:3000', { publicUrl })).toBe(true)
    expect(at('http://localhost:3000', 'localhost:3000', { publicUrl })).toBe(true)
  })
  test('may be https where a proxy of ours says so', () => {
    expect(at('https://laptop.local', 'laptop.local', { protocol: 'https' })).toBe(true)
    expect(at('http://laptop.local', 'laptop.local', { protocol: 'https' })).toBe(false)
  })
})
