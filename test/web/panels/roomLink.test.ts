import { expect, test } from 'vitest'
import { roomLink } from '../../../web/panels/roomLink.ts'

const local = ['http://192.168.1.20:3000', 'http://172.17.0.1:3000']

test('a link that is shared leads to this server from another machine', () => {
  for (const page of ['http://localhost:3000/r/x', 'http://127.0.0.1:3000/r/x', 'http://[::1]:3000/r/x']) {
    expect(roomLink('/r/secret', page, local)).toBe('http://192.168.1.20:3000/r/secret')
  }
})

test('a link that is shared from inside Discord leads to the server’s own address', () => {
  const page = 'https://123456789012345678.discordsays.com/r/x?frame_id=f'
  expect(roomLink('/r/secret', page, ['https://paint.example'])).toBe('https://paint.example/r/secret')
})

test('a name that works stays', () => {
  expect(roomLink('/r/secret', 'http://studio.home:3000/r/x', local)).toBe('http://studio.home:3000/r/secret')
  expect(roomLink('/r/secret', 'https://paint.example/r/x', [])).toBe('https://paint.example/r/secret')
  expect(roomLink('/r/secret', 'http://localhost:3000/r/x', [])).toBe('http://localhost:3000/r/secret')
})
