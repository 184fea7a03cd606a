/** What is named on the command line and cannot be read or written, with the program as people run it. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCommandLine } from '../support/commandLine.ts'
import { patient } from '../support/patience.ts'

const { folder, run, remove } = openCommandLine()
// Whoever starts the engine would say that it has no model.
const env = { FOURSTROKE_MODEL: '/does/not/exist' }

beforeAll(() => {
  execFileSync('mkfifo', [join(folder, 'pipe')])
  mkdirSync(join(folder, 'taken.png'))
  writeFileSync(join(folder, 'huge.png'), '')
  truncateSync(join(folder, 'huge.png'), 11 * 2 ** 20)
})
afterAll(remove)

describe('fourstroke', { timeout: patient(60_000) }, () => {
  it.each([
    [
      'an image that never ends',
      ['imagine', 'a', '--image', '/dev/zero'],
      /^\/dev\/zero cannot be read, it is a device/,
    ],
    ['a mask that is a pipe', ['imagine', 'a', '--mask', 'pipe'], /^pipe cannot be read, it is a pipe: name a PNG/],
    ['an image that is a folder', ['imagine', 'a', '--image', 'taken.png'], /it is a folder: name a PNG/],
    ['an image that is too large', ['imagine', 'a', '--image', 'huge.png'], /it has 11\.0 of at most 10\.0 MB/],
    ['an output in no folder', ['imagine', 'a', '--out', 'no/where.png'], /^no\/where\.png cannot be written \(ENOENT/],
    ['an output that is a folder', ['imagine', 'a', '--out', 'taken.png'], /it is a folder\): name another file\.$/],
    ['an output that is a pipe', ['imagine', 'a', '--out', 'pipe'], /it is a pipe\)/],
    ['an output in /proc', ['imagine', 'a', '--out', '/proc/out.png'], /^\/proc\/out\.png cannot be written \(/],
    ['previews in /proc', ['imagine', 'a', '--previews', '/proc/steps'], /^The folder \/proc\/steps cannot be written/],
    ['a picture to learn that never ends', ['style', 'learn', 'a', '/dev/zero'], /it is a device: name a PNG/],
    ['a style that is a pipe', ['style', 'import', 'pipe'], /it is a pipe: name a \.safetensors file\.$/],
    ['an export to nowhere', ['style', 'export', 'a', 'no/where.safetensors'], /cannot be written \(ENOENT/],
    ['a backup to a pipe', ['backup', 'pipe'], /cannot be written \(it is a pipe\)/],
    ['a backup that is a pipe', ['restore', 'pipe'], /it is a pipe: name a file that `backup` wrote\.$/],
    ['checkpoints in /proc', ['train', 'vae', '--folder', '/proc/x'], /^The folder \/proc\/x cannot be written/],
  ])('refuses %s in one line, before the engine starts', async (_what, args, message) => {
    const { code, out, err } = await run(args, { env })
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err.trim()).toMatch(message)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect(readdirSync(folder).sort()).toEqual(
      ['data', 'huge.png', 'pipe', 'taken.png'].filter(name => existsSync(join(folder, name))),
    )
  })

  it.runIf(existsSync('/dev/full'))('says in one line that the disk was full when the picture was done', async () => {
    const { code, out, err } = await run(['imagine', 'a pier', '--steps', '1', '--out', '/dev/full'])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err.trim().split('\n').at(-1)).toMatch(/^\/dev\/full cannot be written \(ENOSPC.*\): name another file\.$/)
    expect(err).not.toContain('    at ')
  })

  it.each([[['start']], [['imagine', 'a']], [['style', 'list']]])(
    'refuses a data folder in /proc in one line: %s',
    async args => {
      const { code, err } = await run(args, { env: { ...env, FOURSTROKE_DATA: '/proc/fourstroke' } })
      expect(code).toBe(1)
      expect(err.trim()).toMatch(/^The data folder \/proc\/fourstroke cannot be written \(.*\): set FOURSTROKE_DATA/)
      expect(err.trim().split('\n')).toHaveLength(1)
    },
  )
})
