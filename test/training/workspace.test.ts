import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { train } from '../../training/index.ts'
import { filesOf, takeOver } from '../../training/workspace/workspace.ts'

const base = mkdtempSync(join(tmpdir(), 'fourstroke-take-over-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

describe('a training that goes on from another', () => {
  const [from, folder] = [join(base, 'solo'), join(base, 'full')]

  it('says what it cannot go on without', async () => {
    await expect(train('teacher', { config: 'full', folder })).rejects.toThrow(
      /solo.vae\.checkpoint, from which this training goes on; found none\. Train its stages vae and text first/,
    )
  })

  it('takes over what latents and captions are read with, and leaves what it has', () => {
    const [theirs, ours] = [filesOf({ folder: from }), filesOf({ folder })]
    for (const path of [theirs.tokenizer, ours.tokenizer]) mkdirSync(path, { recursive: true })
    for (const name of ['vae', 'latentStatistics', 'text', 'teacher', 'latents'] as const) {
      writeFileSync(theirs[name], `their ${name}`)
    }
    writeFileSync(join(theirs.tokenizer, 'vocab.json'), 'theirs')
    writeFileSync(join(ours.tokenizer, 'vocab.json'), 'ours')
    takeOver(from, folder, { latentStatistics: true, teacher: false })
    for (const name of ['vae', 'latentStatistics', 'text'] as const) {
      expect(readFileSync(ours[name], 'utf8')).toBe(`their ${name}`)
    }
    expect(readFileSync(join(ours.tokenizer, 'vocab.json'), 'utf8')).toBe('ours')
    // Latents are of other pictures, and the teacher begins with theirs but is its own.
    for (const name of ['latents', 'teacher'] as const) expect(existsSync(ours[name])).toBe(false)
  })

  it('stops before it begins when it is told to', async () => {
    await train('all', { config: 'full', folder: join(base, 'nowhere', 'full'), signal: AbortSignal.abort() })
    expect(existsSync(join(base, 'nowhere'))).toBe(false)
  })
})
