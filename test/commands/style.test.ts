/** Personal styles on the command line, as people type it. */
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCommandLine, type Ran } from '../support/commandLine.ts'
import { patient } from '../support/patience.ts'

const { folder, run, remove } = openCommandLine()
/** Made by peft for the model of these tests (tools/reference/styles.py). */
const peft = join(import.meta.dirname, '..', 'fixtures', 'styles', 'peft.safetensors')
afterAll(remove)

const style = (...args: string[]) => run(['style', ...args])
const json = ({ code, out, err }: Ran) => {
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out)
}

beforeAll(async () => {
  for (const background of ['teal', 'tan', 'navy']) {
    await sharp({ create: { width: 80, height: 64, channels: 3, background } })
      .png()
      .toFile(join(folder, `${background}.png`))
  }
  writeFileSync(join(folder, 'teal.txt'), 'a red boat\n')
})

describe('fourstroke style', { timeout: patient(240_000) }, () => {
  it('learns from pictures and the captions beside them, paints, exports, imports and deletes', async () => {
    const learned = json(await style('learn', 'sepia', 'teal.png', 'tan.png', 'navy.png', '--steps', '3', '--json'))
    expect(learned).toMatchObject({ name: 'sepia', pictures: 3, sharing: 'private' })
    expect(learned.stylePictures.map(({ caption }: { caption: string }) => caption)).toContain('a red boat')
    expect(learned.versions[0]).toMatchObject({ origin: 'learned', recipe: { method: 'anchored', steps: 3 } })
    expect((await style('export', 'sepia', 'sepia.safetensors')).out).toMatch(/^sepia\.safetensors {2}\d+ bytes\n$/)
    expect(readFileSync(join(folder, 'sepia.safetensors')).length).toBeGreaterThan(100)
    expect(json(await style('import', peft, 'borrowed', '--json'))).toMatchObject({ name: 'borrowed', version: 1 })

    const mixed = json(
      await run([
        'imagine',
        'a house',
        '--steps',
        '1',
        '--style',
        'borrowed:1.5, sepia:0.5',
        '--out',
        'a.png',
        '--json',
      ]),
    )
    expect(mixed.styles).toMatchObject([
      { name: 'borrowed', version: 1, weight: 1.5 },
      { name: 'sepia', version: 1, weight: 0.5 },
    ])

    const checkpoint = Buffer.from('{"model.diffusion_model.x":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}')
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(checkpoint.length))
    writeFileSync(join(folder, 'model.safetensors'), Buffer.concat([length, checkpoint]))
    truncateSync(join(folder, 'model.safetensors'), 2 ** 31)
    const refused = await style('import', 'model.safetensors')
    expect(refused.code).toBe(1)
    expect(refused.err).toMatch(/but a whole checkpoint: .* P\.from_single_file\('model\.safetensors'\)/)

    expect(await style('delete', 'sepia')).toEqual({
      ...{ code: 1, out: '' },
      err: 'Deleting "sepia" cannot be undone: say so with --yes.\n',
    })
    expect((await style('delete', 'sepia', '--yes')).out).toMatch(/^Deleted sepia/)
    expect((await style('list')).out).toMatch(/^borrowed {2}version 1 {2}0 pictures {2}private\n$/)
    expect(readdirSync(join(folder, 'data', 'styles'))).toEqual([])
  })

  it.each([
    ['a picture that is not there', ['learn', 'sepia', 'missing.png'], /missing\.png cannot be read: name a PNG/],
    [
      'an unknown method',
      ['learn', 'sepia', 'teal.png', '--method', 'magic'],
      /expected "exact", "anchored" or "tint"/,
    ],
    ['a style that is not there', ['show', 'nobody'], /no such style/],
  ])('refuses %s in one line', async (_what, args, words) => {
    const { code, out, err } = await style(...args)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(words)
    expect(err.trim().split('\n')).toHaveLength(1)
  })
})
