import { expect, test } from 'vitest'
import { adapterBytes, adapterOf, createByteCache, pack, plain, unpack } from '../../cluster/bytes.ts'

const large = (value: number) => new Uint8Array(5000).fill(value)

test('large arrays travel by their hash, each once, and small ones with the request', async () => {
  const request = {
    prompt: 'x',
    image: { data: large(1) },
    regions: [{ mask: { data: large(1) } }, { data: large(2) }],
  }
  const held = new Map<string, Uint8Array>()
  const packed = pack({ ...request, small: new Uint8Array(3) }, (hash, bytes) => held.set(hash, bytes))
  expect(held.size).toBe(2)
  expect(JSON.stringify(packed)).toMatch(/"\$sha256":"[0-9a-f]{64}"/)
  const asked: string[] = []
  const unpacked = await unpack(packed, async hash => {
    asked.push(hash)
    return held.get(hash)!
  })
  expect(unpacked).toEqual({ ...request, small: new Uint8Array(3) })
  expect(asked).toHaveLength(2)
})

test("what has come over a socket has plain arrays instead of Node's buffers", () => {
  const { data, list } = plain({ data: Buffer.from([1, 2]), list: [Buffer.from([3])], text: 'x', nothing: null })
  expect([data.constructor, list[0]!.constructor]).toEqual([Uint8Array, Uint8Array])
  expect([...data, ...list[0]!]).toEqual([1, 2, 3])
})

test('an adapter is the same after a journey that begins anywhere in memory', () => {
  const values = Float32Array.of(0.5, -1.25, 3)
  for (const adapter of [
    { rank: 3, values },
    { rank: 1, values, tint: Float32Array.of(7, 8) },
    { rank: 1, values, tint: Float32Array.of(7, 8), texture: Float32Array.of(9) },
  ]) {
    const moved = Buffer.concat([Buffer.of(9), adapterBytes(adapter)]).subarray(1)
    expect(adapterOf(moved)).toEqual(adapter)
  }
})

test('a cache forgets what was used longest ago, and never takes what is larger than itself', () => {
  const cache = createByteCache(10_000)
  cache.set('a', large(1))
  cache.set('b', large(2))
  cache.get('a')
  cache.set('c', large(3))
  cache.set('d', new Uint8Array(10_001))
  expect(['a', 'b', 'c', 'd'].map(hash => cache.get(hash)?.[0])).toEqual([1, undefined, 3, undefined])
})
