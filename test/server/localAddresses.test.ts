import { expect, test } from 'vitest'
import { localAddresses, reachable } from '../../server/localAddresses.ts'

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
