import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { isOnThisMachine, localAddresses, reachable } from '../../server/localAddresses.ts'
import { createProxies } from '../../server/proxies.ts'

test('what a router gave out comes first, what no other machine reaches is left out', () => {
  const all = ['172.17.0.1', '169.254.3.4', '10.0.0.7', '192.168.1.20', '100.64.0.2']
  expect(reachable(all, '0.0.0.0')).toEqual(['192.168.1.20', '10.0.0.7', '172.17.0.1', '100.64.0.2'])
  expect(reachable(all, '127.0.0.1')).toEqual([])
  expect(reachable(all, '10.0.0.7')).toEqual(['10.0.0.7'])
})

test('addresses are whole, with the port', () => {
  for (const address of localAddresses({ host: '0.0.0.0', port: 4321 })) {
    expect(new URL(address)).toMatchObject({ protocol: 'http:', port: '4321' })
  }
})

test('the addresses are told to pages on this machine, whose own links lead nowhere, and to nobody else', () => {
  const proxies = createProxies([])
  const asks = (remoteAddress: string, host: string, headers: Record<string, string> = {}) =>
    isOnThisMachine({ socket: { remoteAddress }, headers: { host, ...headers } } as IncomingMessage, proxies)
  expect(asks('127.0.0.1', 'localhost:3000')).toBe(true)
  expect(asks('::ffff:127.0.0.1', '127.0.0.1:3000')).toBe(true)
  expect(asks('::1', '[::1]:3000')).toBe(true)
  // From the local network or the internet, whatever name was typed.
  expect(asks('192.168.1.30', '192.168.1.20:3000')).toBe(false)
  expect(asks('192.168.1.30', 'localhost:3000')).toBe(false)
  expect(asks('127.0.0.1', 'fourstroke.test:3000')).toBe(false)
  // Through a proxy on this machine that nobody has told us of.
  expect(asks('127.0.0.1', 'localhost:3000', { 'x-forwarded-for': '203.0.113.9' })).toBe(false)
})
