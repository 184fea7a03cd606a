/** The program as people run it: a process, its arguments, what it prints and how it exits. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, it } from 'vitest'
import { readTexts } from '../../studio/images/png.ts'
import { openCommandLine } from '../support/commandLine.ts'
import { patient } from '../support/patience.ts'

const { folder, run, remove } = openCommandLine()
afterAll(remove)

describe('fourstroke', { timeout: patient(90_000) }, () => {
  it('paints the same picture for the same seed, and says how', async () => {
    const paint = (out: string) =>
      run([
        'imagine',
        'a red house',
        '--seed',
        '7',
        '--steps',
        '2',
        '--guidance',
        '4',
        '--size',
        '64x64',
        '--out',
        out,
        '--json',
      ])
    const [first, second] = [await paint('one.png'), await paint('two.png')]
    expect(first).toMatchObject({ code: 0, err: '' })
    const report = JSON.parse(first.out)
    expect(report).toMatchObject({
      seed: 7,
      steps: 2,
      guidance: 4,
      width: 64,
      height: 64,
      device: 'cpu',
      model: 'today',
    })
    expect(report.timesteps).toEqual([999, 499])
    expect(report.stepMs).toHaveLength(2)
    for (const figure of ['encodeMs', 'decodeMs', 'totalMs', 'peakRssBytes']) expect(report[figure]).toBeGreaterThan(0)
    expect(JSON.parse(second.out).sha256).toBe(report.sha256)

    const png = readFileSync(join(folder, 'one.png'))
    expect(await sharp(png).metadata()).toMatchObject({ width: 64, height: 64, format: 'png' })
    const texts = readTexts(png)
    expect(texts['parameters']).toMatch(/^a red house\nSteps: 2, .*Seed: 7/)
    expect(JSON.parse(texts['fourstroke']!)).toMatchObject({ prompt: 'a red house', seed: 7 })
  })

  it('paints over a picture, several at once, and writes every step', async () => {
    await sharp({ create: { width: 90, height: 60, channels: 3, background: 'orange' } })
      .png()
      .toFile(join(folder, 'in.png'))
    const painted = await run([
      ...['imagine', 'a boat', '--image', 'in.png', '--strength', '0.6', '--count', '2', '--seed', '3'],
      ...['--out', 'boat.png', '--previews', 'steps', '--json'],
    ])
    expect(painted).toMatchObject({ code: 0, err: '' })
    const { pictures } = JSON.parse(painted.out)
    expect(pictures.map((picture: { seed: number }) => picture.seed)).toEqual([3, 4])
    expect(existsSync(join(folder, 'boat-1.png')) && existsSync(join(folder, 'boat-2.png'))).toBe(true)
    const steps = [1, 2, 3, 4].map(step => `step${step}.png`)
    expect(readdirSync(join(folder, 'steps')).sort()).toEqual(
      [0, 1].flatMap(index => steps.map(step => `${index}-${step}`)),
    )
    for (const index of [0, 1]) {
      const [last, picture] = [`steps/${index}-step4.png`, `boat-${index + 1}.png`]
      expect(readFileSync(join(folder, last)).equals(readFileSync(join(folder, picture)))).toBe(true)
    }
  })

  it.each([
    ['an empty prompt', [' '], /prompt is empty/],
    ['a size that the model cannot paint', ['a cat', '--size', '63x64'], /63/],
    ['steps that are none', ['a cat', '--steps', '0'], /steps/i],
    ['a size that is none', ['a cat', '--size', 'big'], /128x128/],
    ['a seed that is no number', ['a cat', '--seed', 'x'], /number/],
    ['an image that is not there', ['a cat', '--image', 'missing.png'], /missing\.png cannot be read/],
  ])('refuses %s in one line', async (_what, args, words) => {
    const { code, out, err } = await run(['imagine', ...args])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(words)
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  it.each([
    [
      'a recipe',
      ['--config', 'huge'],
      /--config: expected one of quick, solo, full, garden, wide, loud, detailed, got "huge"/,
    ],
    [
      'a part of the world',
      ['--slice', 'huge'],
      /--slice: expected one of world, garden-only, quick, solo, full, garden, wide, loud, detailed, got "huge"/,
    ],
    ['a table', ['--tables', 'bounds,fame'], /--tables: .*got "fame"/],
    ['a number of pictures', ['--n', '65'], /--n: expected a multiple of 64/],
    ['iterations', ['--iterations', '0'], /--iterations: expected a whole number from 1, got 0/],
    [
      'a folder',
      ['--folder', 'nowhere', '--model', 'no-model'],
      /--folder: expected the checkpoints of a training in nowhere, found no teacher there or beside no-model/,
    ],
  ])('eval refuses %s that cannot be in one line', async (_what, args, words) => {
    const { code, err } = await run(['eval', ...args])
    expect(code).toBe(1)
    expect(err).toMatch(words)
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  it.each([
    ['a stage', ['paint'], /Expected a stage to train, one of vae, .*; got paint\./],
    [
      'a recipe',
      ['lcd', '--config', 'huge'],
      /Expected --config to be one of quick, solo, full, garden, wide, loud, detailed; got huge\./,
    ],
    ['a solver', ['lcd', '--solver', 'euler'], /Expected --solver to be one of ddim, dpm, dpm\+\+; got euler\./],
    ['a rung', ['lcd', '--skip', '101'], /Expected --skip to be a whole number from 1 to 100, got 101\./],
    ['a loss', ['lcd', '--loss', 'l1'], /Expected --loss to be one of huber, l2; got l1\./],
    ['a stage of a solver', ['teacher', '--solver', 'dpm'], /with the stage lcd or all, got them with teacher\./],
    ['a lesson', ['lcd', '--teacher', 'a', '--pictures', 'b', '--learn', 'x'], /Expected --learn to be one of/],
    ['pictures', ['lcd', '--teacher', 'a'], /Expected --pictures <folder>.*; got none\./],
  ])('train refuses %s that cannot be in one line', async (_what, args, words) => {
    const { code, err } = await run(['train', ...args])
    expect(code).toBe(1)
    expect(err).toMatch(words)
    expect(err.trim().split('\n')).toHaveLength(1)
  })

  it('doctor tells what it found, without secrets', async () => {
    const secret = 'a-secret-token-that-nobody-may-see'
    const lcmLora = join(import.meta.dirname, '../fixtures/styled/lcm.safetensors')
    const { code, out } = await run(['doctor', '--json'], {
      env: { DISCORD_TOKEN: secret, FOURSTROKE_LCM_LORA: lcmLora },
    })
    expect(code).toBe(0)
    expect(out).not.toContain(secret)
    const report = JSON.parse(out)
    expect(report.engine).toMatchObject({
      healthy: true,
      device: 'cpu',
      model: { name: 'today', generation: 'C', lcmLora: [lcmLora] },
    })
    expect(report.engine.model.parts.map(({ part }: { part: string }) => part)).toContain('unet')
    // Of a tiny model, measured while it was opened.
    expect(report.engine.pictureMs).toBeGreaterThan(0)
    expect(report.engine.pictureMs).toBeLessThan(60_000)
    expect(report.database).toMatchObject({ healthy: true, migratedNow: [] })
    expect(report.bot).toMatchObject({ on: true })
  })

  it('doctor says what is broken, and exits with 1', async () => {
    mkdirSync(join(folder, 'empty'), { recursive: true })
    const { code, out } = await run(['doctor'], { env: { FOURSTROKE_MODEL: join(folder, 'empty') } })
    expect(code).toBe(1)
    expect(out).toMatch(/Engine {4}Expected model_index\.json/)
  })

  it('starts with nothing set, serves the page, and Ctrl-C ends it cleanly', async () => {
    let asked = false
    let page: Promise<Response> | undefined
    const { code, out, err } = await run(['start'], {
      sees(text, stop) {
        const url = /Fourstroke {2}(http:\S+)/.exec(text)?.[1]
        if (asked || !url || !text.includes('Ctrl-C')) return
        asked = true
        page = fetch(`${url}/healthz`)
        void page.finally(stop)
      },
    })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(
      /model {7}today, 64 × 64\n {2}device {6}cpu\b.*\n {2}database {4}SQLite, .*\n {2}bot {9}off; set DISCORD_TOKEN/,
    )
    expect((await page)?.status).toBe(200)
  })

  it.each([
    ['a model folder that is none', { FOURSTROKE_MODEL: folder }, /model_index\.json/],
    ['a data folder that cannot be written', { FOURSTROKE_DATA: '/dev/null/data' }, /FOURSTROKE_DATA/],
    ['a setting that cannot be', { PORT: 'http' }, /^PORT cannot be used/],
    [
      'a Discord that is not there',
      { DISCORD_TOKEN: 'x'.repeat(60), DISCORD_API: 'http://127.0.0.1:9' },
      /Discord could not be reached/,
    ],
  ])('does not start with %s, says why, and exits with 1', async (_what, env, words) => {
    const { code, err } = await run(['start'], { env })
    expect(code).toBe(1)
    expect(err).toMatch(words)
    expect(err).not.toMatch(/\n +at /)
  })

  it('does not start on a port that is taken', async () => {
    const server = createServer().listen(0, '0.0.0.0')
    await new Promise(resolve => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const { code, err } = await run(['start'], { env: { PORT: `${port}` } })
    server.close()
    expect({ code, err: err.trim() }).toEqual({
      code: 1,
      err: `Port ${port} is taken: stop the program that uses it, or choose another, for example PORT=${port + 1}.`,
    })
  })

  it('reads .env beneath the environment', async () => {
    writeFileSync(join(folder, '.env'), 'PORT=nonsense\n')
    const { code, err } = await run(['start'], { env: { PORT: undefined } })
    writeFileSync(join(folder, '.env'), '')
    expect({ code, err: err.trim().split(':')[0] }).toEqual({ code: 1, err: 'PORT cannot be used' })
  })
})
