import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openModelCache } from '../../../engine/pipeline/modelCache.ts'

let folder: string
let cacheFolder: string
let weights: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'model-cache-'))
  cacheFolder = join(folder, 'cache', 'models')
  weights = join(folder, 'weights')
  writeFileSync(weights, 'first')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const source = () => ({ files: [weights], kind: 'float32', bytes: 100 })
let made = 0
const make = async (target: string) => {
  made++
  writeFileSync(join(target, 'model.onnx'), readFileSync(weights))
}
const entries = () =>
  readdirSync(cacheFolder, { withFileTypes: true }).flatMap(each => (each.isDirectory() ? each.name : []))

describe('hashes', () => {
  it('are those of the bytes, and follow every change', async () => {
    const { hashOf } = openModelCache(cacheFolder)
    const first = await hashOf([weights])
    expect(first).toBe('a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e')
    writeFileSync(weights, 'other')
    expect(await hashOf([weights])).not.toBe(first)
    expect(await hashOf([weights, weights])).not.toBe(await hashOf([weights]))
  })

  it('are not computed again for files that are as they were', async () => {
    const time = new Date('2026-01-01')
    utimesSync(weights, time, time)
    const first = await openModelCache(cacheFolder).hashOf([weights])
    // Same size, same inode, and the clock turned back: nobody does this but who wants to see whether it is read.
    writeFileSync(weights, 'FIRST')
    utimesSync(weights, time, time)
    expect(await openModelCache(cacheFolder).hashOf([weights])).toBe(first)
  })

  it('are computed where the list is damaged or cannot be written', async () => {
    const first = await openModelCache(cacheFolder).hashOf([weights])
    writeFileSync(join(cacheFolder, 'hashes.json'), '{"cut off')
    expect(await openModelCache(cacheFolder).hashOf([weights])).toBe(first)
    expect(await openModelCache(join(weights, 'no-folder')).hashOf([weights])).toBe(first)
  })
})

describe('a folder made from files', () => {
  it('is made once, and again when a file or the kind changes', async () => {
    made = 0
    const cache = openModelCache(cacheFolder)
    const place = await cache.folderOf(source(), make)
    expect(await openModelCache(cacheFolder).folderOf(source(), make)).toBe(place)
    expect(made).toBe(1)
    expect(await cache.folderOf({ ...source(), kind: 'as it is' }, make)).not.toBe(place)
    writeFileSync(weights, 'changed')
    const next = await cache.folderOf(source(), make)
    expect(next).not.toBe(place)
    expect(readFileSync(join(next, 'model.onnx'), 'utf8')).toBe('changed')
    expect(made).toBe(3)
  })

  it('is whole or not there, whoever else makes it at the same time', async () => {
    const caches = [1, 2].map(() => openModelCache(cacheFolder))
    await expect(
      caches[0]!.folderOf(source(), async target => {
        await make(target)
        throw new Error('cut off')
      }),
    ).rejects.toThrow('cut off')
    expect(entries()).toEqual([])
    const place = await caches[0]!.folderOf(source(), async target => {
      await make(target)
      // Another process is quicker.
      mkdirSync(target.replace(/\.\d+\.partial$/, ''))
      writeFileSync(join(target.replace(/\.\d+\.partial$/, ''), 'model.onnx'), 'theirs')
    })
    expect(readFileSync(join(place, 'model.onnx'), 'utf8')).toBe('theirs')
    expect(entries()).toHaveLength(1)
  })

  it('goes when the cache needs the room, longest unused first, and when nobody wanted it for long', async () => {
    const cache = openModelCache(cacheFolder, { maxBytes: 210, maxUnusedDays: 30 })
    const folderOf = (kind: string) =>
      cache.folderOf({ ...source(), kind }, async target => writeFileSync(join(target, 'weights'), new Uint8Array(100)))
    const [first, second] = [await folderOf('1'), await folderOf('2')]
    const [hourAgo, twoHoursAgo, lastYear] = [1, 2, 9000].map(hours => new Date(Date.now() - hours * 3_600_000))
    utimesSync(first, hourAgo!, hourAgo!)
    utimesSync(second, twoHoursAgo!, twoHoursAgo!)
    const third = await folderOf('3')
    expect([first, second, third].map(place => existsSync(place))).toEqual([true, false, true])
    utimesSync(third, lastYear!, lastYear!)
    await folderOf('4')
    expect(existsSync(third)).toBe(false)
  })

  it('is swept away if whoever made it ended before it was whole', async () => {
    const abandoned = join(cacheFolder, 'abc.1.partial')
    mkdirSync(abandoned, { recursive: true })
    writeFileSync(join(abandoned, 'weights'), 'half of it')
    await openModelCache(cacheFolder).folderOf(source(), make)
    expect(existsSync(abandoned)).toBe(true)
    const before = new Date(Date.now() - 3_600_000)
    utimesSync(join(abandoned, 'weights'), before, before)
    utimesSync(abandoned, before, before)
    await openModelCache(cacheFolder).folderOf({ ...source(), kind: 'another' }, make)
    expect(existsSync(abandoned)).toBe(false)
  })

  it('is refused with words where the disk has no room for it', async () => {
    const huge = { ...source(), bytes: 1e18 }
    await expect(
      openModelCache(cacheFolder, { maxBytes: 2e18, maxUnusedDays: 1 }).folderOf(huge, make),
    ).rejects.toThrow(
      /Expected 1000000001\.0 GB of free disk in .*; found .* GB\. Free some, or move the data folder\./,
    )
  })
})
