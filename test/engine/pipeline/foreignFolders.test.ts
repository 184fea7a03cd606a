/** The table that `npm run bench:foreign` prints. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { folders } from '../../support/foreign/folders.ts'
import { tryFolder } from '../../support/foreign/trial.ts'

const place = mkdtempSync(join(tmpdir(), 'folders-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

describe('a model folder', () => {
  it.each(folders)('$name', async each => {
    const { expected } = each
    const found = await tryFolder(each, place)
    if (expected.works) {
      expect(found).toMatchObject({ works: true })
      if (!found.works) return
      if (expected.like) expect(found.apart).toBeLessThanOrEqual(expected.within ?? 1e-3)
      if (expected.ignored) expect(found.ignored.join(' ')).toMatch(expected.ignored)
      return
    }
    const hint = expected.hint ? expect.stringMatching(expected.hint) : undefined
    expect(found).toMatchObject({ works: false, says: expect.stringMatching(expected.says) })
    expect(!found.works && found.hint).toEqual(hint)
  })
})
